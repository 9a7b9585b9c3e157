/** An in-memory resource with the semantics the ports promise: versions, conflicts, finalizers, a view that follows. */
import type { Lister, NamedReader, NativeClient, ObjectChange, ResourceClient } from '../../../src/clients/contract.ts';
import { deepEqual, isJsonObject } from '../../../src/meta/json.ts';
import type { KubeObject, NamespacedName, Stored } from '../../../src/meta/object.ts';
import { alreadyExists, conflict, notFound, objectModified } from '../../../src/meta/status.ts';

/** Called before every write, with what it is; throws to make it fail. */
export type Gate = (verb: string, resource: string, name: string) => void;

export interface Universe {
  revision: number;
  uids: number;
  readonly gate: Gate;
  /** What this object owns is nobody's from now on. */
  readonly orphan?: (uid: string) => void;
  readonly now: () => Date;
}

export interface FakeResource<T extends KubeObject> extends ResourceClient<T>, NamedReader<T>, NativeClient<T> {
  /** Writes that pass no gate: by users and simulators. */
  readonly direct: {
    create(object: T): Stored<T>;
    change(target: NamespacedName, mutate: (object: Stored<T>) => void): Stored<T>;
    remove(target: NamespacedName): void;
  };
  /** How often an object was created under each name, and deleted. */
  readonly created: string[];
}

const group = 'kubedirector.test';
const keyOf = ({ namespace, name }: NamespacedName): string => `${namespace}/${name}`;

export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const kept = Object.entries(isJsonObject(target) ? target : {}).filter(([key]) => patch[key] !== null);
  const result: Record<string, unknown> = Object.fromEntries(kept);
  for (const [key, value] of Object.entries(patch)) {
    if (value !== null) result[key] = mergePatch(result[key], value);
  }
  return result;
}

export function createFakeResource<T extends KubeObject>(resource: string, universe: Universe): FakeResource<T> {
  const objects = new Map<string, Stored<T>>();
  const listeners = new Set<(change: ObjectChange<T>) => void>();
  const created: string[] = [];
  const id = { group, resource };

  function put(key: string, next: Stored<T> | undefined): void {
    const old = objects.get(key);
    if (next === undefined) objects.delete(key);
    else objects.set(key, next);
    for (const listener of [...listeners]) listener({ ...(next ? { object: next } : {}), ...(old ? { old } : {}) });
  }

  function store(next: Stored<T>): Stored<T> {
    const key = keyOf({ namespace: next.metadata.namespace ?? '', name: next.metadata.name });
    const old = objects.get(key);
    if (old !== undefined && deepEqual(old, next)) return old;
    universe.revision += 1;
    const specOf = (object: unknown) => (isJsonObject(object) ? object['spec'] : undefined);
    const sameSpec = old !== undefined && deepEqual(specOf(old), specOf(next));
    const generation = (old?.metadata.generation ?? 0) + (sameSpec ? 0 : 1);
    const metadata = { ...next.metadata, resourceVersion: String(universe.revision), generation };
    const object: Stored<T> = { ...next, metadata };
    const ends = metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;
    put(key, ends ? undefined : object);
    return object;
  }

  function need(target: NamespacedName): Stored<T> {
    const object = objects.get(keyOf(target));
    if (object === undefined) throw notFound(id, target.name);
    return object;
  }

  function create(object: T): Stored<T> {
    const { namespace = '', name = '' } = object.metadata;
    if (objects.has(keyOf({ namespace, name }))) throw alreadyExists(id, name);
    universe.uids += 1;
    created.push(name);
    const uid = object.metadata.uid ?? `uid-${universe.uids}`;
    const creationTimestamp = `${universe.now().toISOString().slice(0, 19)}Z`;
    return store(
      structuredClone({
        ...object,
        metadata: { ...object.metadata, name, uid, creationTimestamp, resourceVersion: '' },
      }),
    );
  }

  function remove(target: NamespacedName): void {
    const object = objects.get(keyOf(target));
    if (object === undefined) return;
    if ((object.metadata.finalizers ?? []).length === 0) {
      universe.revision += 1;
      put(keyOf(target), undefined);
      return;
    }
    if (object.metadata.deletionTimestamp !== undefined) return;
    const deletionTimestamp = `${universe.now().toISOString().slice(0, 19)}Z`;
    store({ ...object, metadata: { ...object.metadata, deletionTimestamp } });
  }

  async function patch(target: NamespacedName, patch: object, subresource?: string): Promise<Stored<T>> {
    await Promise.resolve();
    universe.gate('patch', resource, target.name);
    const old = need(target);
    const wanted: unknown = isJsonObject(patch) ? patch['metadata'] : undefined;
    const { resourceVersion, uid } = isJsonObject(wanted) ? wanted : {};
    const stale = resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion;
    if (stale || (uid !== undefined && uid !== old.metadata.uid)) throw conflict(id, target.name, objectModified);
    if (subresource !== undefined) throw new Error('the fake patches main resources only');
    return store(mergePatch(old, patch) as Stored<T>);
  }

  const list = (namespace?: string): readonly Stored<T>[] =>
    [...objects.values()].filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);

  const lister: Lister<T> = {
    get: (namespace, name) => objects.get(keyOf({ namespace, name })),
    list,
    byLabel: (label, value, namespace) => list(namespace).filter(({ metadata }) => metadata.labels?.[label] === value),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    synced: () => true,
  };

  return {
    ...lister,
    created,
    async create(object) {
      await Promise.resolve();
      universe.gate('create', resource, object.metadata.name ?? '');
      return create(object);
    },
    async apply({ metadata: { namespace = '', name, uid } }, _desired, drift) {
      const metadata = 'metadata' in drift && isJsonObject(drift.metadata) ? drift.metadata : {};
      return patch({ namespace, name }, { ...drift, metadata: { ...metadata, uid } });
    },
    patch,
    async update(object, subresource) {
      await Promise.resolve();
      universe.gate(subresource === 'status' ? 'status' : 'update', resource, object.metadata.name);
      const { namespace = '', name, resourceVersion } = object.metadata;
      const old = need({ namespace, name });
      if (resourceVersion !== old.metadata.resourceVersion) throw conflict(id, name, objectModified);
      if (subresource !== 'status') return store(object);
      const { status } = structuredClone(object) as { status?: unknown };
      return store({ ...old, status });
    },
    async delete(target, options = {}) {
      await Promise.resolve();
      universe.gate('delete', resource, target.name);
      const { uid, propagation } = options;
      if (propagation === 'Orphan') universe.orphan?.(objects.get(keyOf(target))?.metadata.uid ?? '');
      if (uid !== undefined && objects.get(keyOf(target)) !== undefined && need(target).metadata.uid !== uid) {
        throw conflict(id, target.name, 'the UID in the precondition does not match');
      }
      remove(target);
    },
    async read(target) {
      await Promise.resolve();
      return objects.get(keyOf(target));
    },
    watchOne(target, listener) {
      return lister.onChange(({ object, old }) => {
        const { namespace = '', name } = (object ?? old)?.metadata ?? {};
        if (namespace === target.namespace && name === target.name) listener(object);
      });
    },
    direct: {
      create,
      change(target, mutate) {
        const copy = structuredClone(need(target));
        mutate(copy);
        return store(copy);
      },
      remove,
    },
  };
}
