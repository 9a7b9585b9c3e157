/** Deletions that wait for dependents. Foreground: dependents are deleted first. Orphan: they are released first. */
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { CallContext } from '../../apiserver/resource.ts';
import type { KubeObject, OwnerReference, Stored } from '../../meta/object.ts';
import type { Dependent, OwnerGraph } from './graph.ts';

const foreground = 'foregroundDeletion';
const orphan = 'orphan';

const isCollectors = (finalizer: string): boolean => finalizer === foreground || finalizer === orphan;

interface Waiting {
  readonly registry: ResourceRegistry;
  readonly namespace: string;
  readonly name: string;
}

/** Whether the owner exists, as far as the cache of its kind has reported. False for owners of unknown kinds. */
export function isCached(
  registries: ReadonlyMap<string, ResourceRegistry>,
  { namespace }: Pick<Dependent, 'namespace'>,
  { apiVersion, kind, name, uid }: OwnerReference,
): boolean {
  const registry = registries.get(`${apiVersion}/${kind}`);
  return registry?.cache.get(registry.definition.namespaced ? namespace : '', name)?.metadata.uid === uid;
}

/** A transform that removes the references to these owners (uids). It throws Error if the object does not exist. */
export function withoutOwners(dead: ReadonlySet<string>): (current: Stored<KubeObject> | undefined) => KubeObject {
  return (current) => {
    if (current === undefined) throw new Error('an update of what is not there');
    const ownerReferences = (current.metadata.ownerReferences ?? []).filter((one) => !dead.has(one.uid));
    return { ...current, metadata: { ...current.metadata, ownerReferences } };
  };
}

function withoutFinalizers(current: Stored<KubeObject> | undefined): KubeObject {
  if (current === undefined) throw new Error('an update of what is not there');
  const finalizers = (current.metadata.finalizers ?? []).filter((one) => !isCollectors(one));
  return { ...current, metadata: { ...current.metadata, finalizers } };
}

/** Handles owners that are being deleted with one of the two finalizers, and removes the finalizer at the end. */
export class OwnerDeletion {
  readonly #graph: OwnerGraph;
  readonly #registries: ReadonlyMap<string, ResourceRegistry>;
  readonly #waiting = new Map<string, Waiting>();

  constructor(graph: OwnerGraph, registries: ReadonlyMap<string, ResourceRegistry>) {
    this.#graph = graph;
    this.#registries = registries;
  }

  /** Whether the deletion of this owner is in progress here. */
  waits(uid: string): boolean {
    return this.#waiting.has(uid);
  }

  /** Starts to handle the object if it is being deleted with one of the two finalizers. @returns whether it does */
  begin(registry: ResourceRegistry, metadata: Stored<KubeObject>['metadata']): boolean {
    const { uid, name, namespace = '', deletionTimestamp, finalizers = [] } = metadata;
    if (deletionTimestamp === undefined || !finalizers.some(isCollectors)) return false;
    this.#waiting.set(uid, { registry, namespace, name });
    return true;
  }

  /** Takes the next step. Call it again when a dependent changes or is removed. */
  async advance(uid: string, context: CallContext): Promise<void> {
    const entry = this.#waiting.get(uid);
    if (!entry) return;
    const { registry, namespace, name } = entry;
    const { metadata } = registry.cache.get(namespace, name)?.object ?? {};
    const finalizers = metadata?.finalizers ?? [];
    if (metadata?.uid !== uid || !finalizers.some(isCollectors)) {
      this.#waiting.delete(uid);
      return;
    }
    const done = finalizers.includes(orphan) ? await this.#letGo(uid, context) : await this.#clear(uid, context);
    if (!done) return;
    await registry.update(context, { namespace, name }, withoutFinalizers, { preconditions: { uid } });
    this.#waiting.delete(uid);
  }

  #registryOf({ apiVersion, kind }: Dependent): ResourceRegistry | undefined {
    return this.#registries.get(`${apiVersion}/${kind}`);
  }

  async #letGo(owner: string, context: CallContext): Promise<true> {
    for (const dependent of this.#graph.dependents(owner)) {
      const preconditions = { uid: dependent.uid };
      await this.#registryOf(dependent)?.update(context, dependent, withoutOwners(new Set([owner])), { preconditions });
    }
    return true;
  }

  /** @returns true if no dependent blocks the deletion of the owner any more */
  async #clear(owner: string, context: CallContext): Promise<boolean> {
    for (const dependent of this.#graph.dependents(owner)) {
      const registry = this.#registryOf(dependent);
      const current = registry?.cache.get(dependent.namespace, dependent.name)?.object;
      if (!registry || current?.metadata.uid !== dependent.uid) continue;
      const preconditions = { uid: dependent.uid };
      const keeps = dependent.owners.some(
        (one) => one.uid !== owner && isCached(this.#registries, dependent, one) && !this.#waiting.has(one.uid),
      );
      if (keeps) await registry.update(context, dependent, withoutOwners(new Set([owner])), { preconditions });
      else if (!current.metadata.deletionTimestamp) {
        await registry.delete(context, dependent, { preconditions, propagationPolicy: 'Foreground' });
      }
    }
    const blocks = ({ owners }: Dependent): boolean =>
      owners.some((one) => one.uid === owner && one.blockOwnerDeletion);
    return !this.#graph.dependents(owner).some(blocks);
  }
}
