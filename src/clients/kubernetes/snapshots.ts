/** VolumeSnapshots, which are there only where somebody has installed their CustomResourceDefinitions. */
import { backupLabel } from '../../apis/kubedirector/well-known.ts';
import type { VolumeSnapshot } from '../../apis/kubernetes/types.ts';
import type { Lister, ObjectChange, SnapshotClient } from '../contract.ts';
import { isReason, serviceUnavailable } from '../../meta/status.ts';
import { pause } from '../../runtime/time-limit.ts';
import type { ClientContext } from './client-context.ts';
import { createInformer } from './informer.ts';
import { createObjectClient } from './object-client.ts';
import { resources } from './resources.ts';

type Listener = (change: ObjectChange<VolumeSnapshot>) => void;

const lookEveryMs = 20;
/** After so long a view that can't be filled is no longer waited for: applications may be frozen meanwhile. */
const longestFillMs = 10_000;

interface Followed {
  readonly lister: Lister<VolumeSnapshot>;
  readonly signal: AbortSignal;
  /** On the monotonic clock, in milliseconds. */
  readonly since: number;
}

/** Whether the CustomResourceDefinitions are there. */
async function isServed({ transport }: Pick<ClientContext, 'transport'>, signal: AbortSignal): Promise<boolean> {
  const { group, version, resource } = resources.volumeSnapshots;
  try {
    const path = `/apis/${group}/${version}`;
    const list = await transport.request<{ resources: { name: string }[] }>({ method: 'GET', path, signal });
    return list.resources.some(({ name }) => name === resource);
  } catch (error) {
    if (isReason(error, 'NotFound')) return false;
    throw error;
  }
}

/** Nothing is asked of the cluster before `follow`. @param namespaces that are followed; absent: all */
export function createSnapshotClient(context: ClientContext, namespaces?: readonly string[]): SnapshotClient {
  const { transport, background = transport, clock } = context;
  const client = createObjectClient<VolumeSnapshot>(background, resources.volumeSnapshots);
  const classes = createObjectClient(transport, resources.volumeSnapshotClasses);
  const listeners = new Set<Listener>();
  let followed: Followed | undefined;

  function begin(signal: AbortSignal): Followed {
    const selection = { labelSelector: backupLabel };
    const options = { resource: resources.volumeSnapshots, selection, labels: [backupLabel], namespaces };
    const informer = createInformer<VolumeSnapshot>(context, { ...options, mayBeMissing: true });
    const { lister } = informer;
    lister.onChange((change) => {
      for (const listener of [...listeners]) listener(change);
    });
    informer.start(signal);
    followed = { lister, signal, since: clock.monotonic() };
    return followed;
  }

  const current = (): Lister<VolumeSnapshot> | undefined => followed?.lister;
  return {
    async follow(signal) {
      const isFollowed = followed !== undefined && !followed.signal.aborted;
      if (!isFollowed && !(await isServed(context, signal))) return false;
      const known = followed;
      const { lister, since } = known === undefined || known.signal.aborted ? begin(signal) : known;
      while (!lister.synced()) {
        signal.throwIfAborted();
        if (clock.monotonic() >= since + longestFillMs) {
          throw serviceUnavailable('VolumeSnapshots could not be listed yet');
        }
        await pause(clock, lookEveryMs, signal);
      }
      return true;
    },
    view: {
      get: (namespace, name) => current()?.get(namespace, name),
      list: (namespace) => current()?.list(namespace) ?? [],
      byLabel: (label, value, namespace) => current()?.byLabel(label, value, namespace) ?? [],
      // One whose signal has aborted is no longer up to date.
      synced: () => followed?.signal.aborted === false && followed.lister.synced(),
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    read: (target) => client.read(target),
    create: (object) => client.create(object),
    delete: (target, options) => client.delete(target, options),
    hasClass: async (name) => (await classes.read({ namespace: '', name })) !== undefined,
  };
}
