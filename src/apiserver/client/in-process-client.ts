/** A client of a resource without HTTP: it uses the same registry, and so the same rules, as all clients. */
import { setMaxListeners } from 'node:events';
import type { NamedReader, Propagation, ResourceClient } from '../../clients/contract.ts';
import { isJsonObject } from '../../meta/json.ts';
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import { badRequest, isReason } from '../../meta/status.ts';
import type { UserInfo } from '../../meta/user.ts';
import { mergePatch } from '../patch/merge-patch.ts';
import type { ResourceRegistry } from '../registry/contract.ts';
import type { CallContext, Fence } from '../resource.ts';
import { checkPatched, type Expected } from '../registry/decode-object.ts';
import { found } from '../registry/preconditions.ts';
import { View } from './view.ts';

interface InProcessClientOptions {
  /** The user that strategies see; calls are not authorized. */
  readonly user: UserInfo;
  /** The name under which it owns the fields that it writes. */
  readonly manager: string;
  /** A new id for each call's logs. */
  readonly requestId: () => string;
  /** What all its writes need. */
  readonly fence?: Fence;
  /** Labels by which byLabel uses an index instead of a search. */
  readonly labels?: readonly string[];
}

/** A ResourceClient with the function that starts it. */
export interface InProcessClient<T extends KubeObject> extends ResourceClient<T>, NamedReader<T> {
  /**
   * Call it once the caches are filled. Listeners added before see every existing object as a change without `old`. get
   * and list work before it, too.
   */
  start(signal: AbortSignal): void;
}

/** A client that is not started yet. @param registry of the resource */
export function createInProcessClient<T extends KubeObject>(
  registry: ResourceRegistry<T>,
  options: InProcessClientOptions,
): InProcessClient<T> {
  const { cache } = registry;
  const view = new View(cache, options.labels ?? []);
  const never = new AbortController().signal;
  // All running calls listen to it.
  setMaxListeners(0, never);
  const context = (): CallContext => {
    return {
      user: options.user,
      manager: options.manager,
      requestId: options.requestId(),
      signal: never,
      warn: () => undefined,
      ...(options.fence === undefined ? {} : { fence: options.fence }),
    };
  };
  const inNamespace = (namespace: string | undefined) =>
    cache.list(namespace === undefined ? {} : { namespace }).objects.map(({ object }) => object);
  return {
    start: (signal) => view.start(signal),
    synced: () => view.started,
    get: (namespace, name) => cache.get(namespace, name)?.object,
    list: inNamespace,
    byLabel(label, value, namespace) {
      const indexed = view.byLabel(label, value);
      if (indexed === undefined) return inNamespace(namespace).filter((object) => hasLabel(object, label, value));
      return namespace === undefined ? indexed : indexed.filter(({ metadata }) => metadata.namespace === namespace);
    },
    onChange: (listener) => view.onChange(listener),
    watchOne: (target, listener) =>
      view.onChangeOf(target, ({ object }) => {
        listener(object);
      }),
    read: (target) => read(registry, target),
    async create(object) {
      return (await registry.create(context(), object.metadata.namespace ?? '', object)).object;
    },
    async update(object, subresource) {
      const target = { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
      const extra = {
        preconditions: { uid: object.metadata.uid },
        ...(subresource === undefined ? {} : { subresource }),
      };
      return (await registry.update(context(), target, () => object, extra)).object;
    },
    patch: (target, patch, subresource) =>
      subresource === 'scale'
        ? patchScale<T>(registry, context(), target, patch)
        : patchObject(registry, context(), target, patch, subresource),
    delete: (target, { uid, propagation } = {}) => remove(registry, context(), target, uid, propagation),
  };
}

function hasLabel({ metadata: { labels = {} } }: KubeObject, label: string, value: string): boolean {
  return Object.hasOwn(labels, label) && labels[label] === value;
}

async function read<T extends KubeObject>(
  { cache }: ResourceRegistry<T>,
  { namespace, name }: NamespacedName,
): Promise<Stored<T> | undefined> {
  await cache.current();
  return cache.get(namespace, name)?.object;
}

async function patchObject<T extends KubeObject>(
  registry: ResourceRegistry<T>,
  context: CallContext,
  target: NamespacedName,
  patch: object,
  subresource: 'status' | undefined,
): Promise<Stored<T>> {
  const uid = isJsonObject(patch) && isJsonObject(patch.metadata) ? patch.metadata.uid : undefined;
  const { definition } = registry;
  const result = await registry.update(
    context,
    target,
    (current) => patched(definition, target, found(definition, target, current), patch) as T,
    {
      ...(subresource === undefined ? {} : { subresource }),
      ...(typeof uid === 'string' ? { preconditions: { uid } } : {}),
    },
  );
  return result.object;
}

function patched(expected: Expected, target: NamespacedName, current: object, patch: object): KubeObject {
  const next = mergePatch(current, patch);
  return checkPatched(expected, target, next as object, current);
}

async function patchScale<T extends KubeObject>(
  { definition }: ResourceRegistry<T>,
  context: CallContext,
  target: NamespacedName,
  patch: object,
): Promise<Stored<T>> {
  const { scale } = definition.subresources;
  if (scale?.type !== 'object' || scale.update === undefined) throw badRequest(`${definition.plural} cannot be scaled`);
  const scaled = await scale.update(context, target, (current) => patched(scale, target, current, patch), {});
  return scaled as Stored<T>;
}

/** An object of the same name with another uid means that the wanted one is already gone. */
async function remove<T extends KubeObject>(
  registry: ResourceRegistry<T>,
  context: CallContext,
  target: NamespacedName,
  uid: string | undefined,
  propagationPolicy: Propagation | undefined,
): Promise<void> {
  try {
    await registry.delete(context, target, {
      ...(uid === undefined ? {} : { preconditions: { uid } }),
      ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    });
  } catch (error) {
    const gone = isReason(error, 'NotFound') || (uid !== undefined && isReason(error, 'Conflict'));
    if (!gone) throw error;
  }
}
