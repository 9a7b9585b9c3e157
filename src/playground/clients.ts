/** Implements the interfaces of clients/contract.ts with the playground's own registries. */
import { clusterLabel } from '../apis/kubedirector/well-known.ts';
import type { Pod, VolumeSnapshot } from '../apis/kubernetes/types.ts';
import type { NativeClient, NativeClients } from '../clients/contract.ts';
import { createInProcessClient, type InProcessClient } from '../apiserver/client/index.ts';
import type { ResourceRegistry } from '../apiserver/registry/contract.ts';
import { isJsonObject } from '../meta/json.ts';
import type { KubeObject, Stored } from '../meta/object.ts';
import { isReason } from '../meta/status.ts';
import type { UserInfo } from '../meta/user.ts';
import { takeDisruption } from './disruption/evict.ts';
import type { NativeRegistries } from './simulation/world.ts';

interface NativeClientsOptions {
  readonly native: NativeRegistries;
  /** The user that all requests are made as. */
  readonly user: UserInfo;
  /** Makes a new request id for each call. */
  /** The field manager of what they write. */
  readonly manager: string;
  readonly requestId: () => string;
  readonly now: () => Date;
}

interface StartedNativeClients extends NativeClients {
  /** Call it once the caches are filled. Listeners that are registered by then are told of every existing object. */
  start(signal: AbortSignal): void;
}

/** Applies by patches: the registries need no server-side apply for the only one that writes. */
function applying<T extends KubeObject>(client: InProcessClient<T>): NativeClient<T> {
  return {
    ...client,
    apply({ metadata: { namespace = '', name, uid } }, _desired, drift) {
      const metadata = 'metadata' in drift && isJsonObject(drift.metadata) ? drift.metadata : {};
      return client.patch({ namespace, name }, { ...drift, metadata: { ...metadata, uid } });
    },
  };
}

/** Shows only objects that carry the label, also to reads by name. Writes are not restricted. */
function labelled<T extends KubeObject>(client: InProcessClient<T>, label: string): NativeClient<T> {
  const carries = (object: Stored<T> | undefined): object is Stored<T> =>
    object?.metadata.labels?.[label] !== undefined;
  return {
    ...applying(client),
    get(namespace, name) {
      const found = client.get(namespace, name);
      return carries(found) ? found : undefined;
    },
    list: (namespace) => client.list(namespace).filter(carries),
    byLabel: (name, value, namespace) => client.byLabel(name, value, namespace).filter(carries),
    onChange: (listener) =>
      client.onChange(({ object, old }) => {
        const [now, before] = [carries(object) ? object : undefined, carries(old) ? old : undefined];
        if (now || before) listener({ ...(now ? { object: now } : {}), ...(before ? { old: before } : {}) });
      }),
  };
}

/** As the subresource, see definitions/eviction.ts. */
function evictable(
  pods: NativeClient<Pod>,
  { native, user, manager, requestId, now }: NativeClientsOptions,
): NativeClients['pods'] {
  const signal = new AbortController().signal;
  return {
    ...pods,
    async evict(pod) {
      const { namespace = '', name, uid } = pod.metadata;
      const context = { user, manager, requestId: requestId(), signal, warn: () => undefined };
      try {
        const current = (await native.pods.get({ namespace, name })).object;
        if (current.metadata.uid !== uid) return undefined;
        await takeDisruption({ native, context, pod: current, now: now(), dryRun: false });
      } catch (error) {
        if (isReason(error, 'NotFound')) return undefined;
        if (!isReason(error, 'TooManyRequests')) throw error;
        return [error.message, ...(error.status.details?.causes ?? []).flatMap(({ message }) => message)].join(' ');
      }
      await pods.delete({ namespace, name }, { uid });
      return undefined;
    },
    resize: () => Promise.resolve('the playground does not serve pods/resize'),
  };
}

/** They are always served, and in the memory of this process. */
const snapshotClient = (
  { snapshotClasses }: NativeRegistries,
  snapshots: NativeClient<VolumeSnapshot>,
): NativeClients['snapshots'] => ({
  follow: () => Promise.resolve(true),
  view: snapshots,
  read: (target) => snapshots.read(target),
  create: (object) => snapshots.create(object),
  delete: (target, options) => snapshots.delete(target, options),
  hasClass: (name) => Promise.resolve(snapshotClasses.cache.get('', name) !== undefined),
});

/**
 * Makes clients that work on the registries of this process. StatefulSets, Services, pods and `persistentVolumeClaims`
 * show only objects with the KubeDirector cluster label; the other clients, also `claims`, show every object.
 */
export function createNativeClients(options: NativeClientsOptions): StartedNativeClients {
  const { native, user, manager, requestId } = options;
  const all: { start(signal: AbortSignal): void }[] = [];
  function client<T extends KubeObject>(
    registry: ResourceRegistry<T>,
    labels: readonly string[] = [],
  ): InProcessClient<T> {
    const made = createInProcessClient(registry, { user, manager, requestId, labels });
    all.push(made);
    return made;
  }
  const ours = <T extends KubeObject>(registry: ResourceRegistry<T>): NativeClient<T> =>
    labelled(client(registry, [clusterLabel]), clusterLabel);
  return {
    statefulSets: ours(native.statefulSets),
    services: ours(native.services),
    pods: evictable(ours(native.pods), options),
    persistentVolumeClaims: ours(native.claims),
    podDisruptionBudgets: applying(client(native.disruptionBudgets, [clusterLabel])),
    snapshots: snapshotClient(native, ours(native.snapshots)),
    configMaps: client(native.configMaps),
    secrets: client(native.secrets),
    serviceAccounts: client(native.serviceAccounts),
    claims: client(native.claims),
    storageClasses: client(native.storageClasses),
    nodes: client(native.nodes),
    namespaces: client(native.namespaces),
    start(signal) {
      for (const one of all) one.start(signal);
    },
  };
}
