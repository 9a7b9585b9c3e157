/**
 * A cluster is checked against its app and the global config (whose key encrypts its secrets). Then reviews, webhooks and
 * probes of URLs may take seconds before the cluster is stored and all can see it. Neither the app nor the config may
 * change in that time. So a cluster that is being made counts as one that exists: its app and the config are in use. It
 * begins only after every change of either that is under way has ended.
 *
 * For the writes of one process. What several on one store would need is in docs/adr/0003-journal.md.
 */
import type { KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import type { FinishFunc } from '../../apiserver/resource.ts';
import type { ResourceCache } from '../../apiserver/watchcache/contract.ts';

type Cluster = KubeDirectorCluster;

/** Clusters that are being made, kept apart from changes of what they refer to. */
export interface Reservations {
  /** Those that are being made. */
  clusters(): readonly Cluster[];
  /** @throws the signal's reason where it aborts while a change is waited for */
  make(cluster: Cluster, signal: AbortSignal): Promise<FinishFunc>;
  /**
   * For a deletion or change of what clusters refer to, to be called before it is looked whether any does. That look
   * then sees them all: none begins before this change has ended.
   * @param concerns whether a cluster refers to it
   */
  change(concerns: (cluster: Cluster) => boolean): Promise<FinishFunc>;
}

interface Change {
  readonly concerns: (cluster: Cluster) => boolean;
  readonly ended: Promise<void>;
}

/** @param ended is told when one that was being made counts no longer: it exists, or it never will */
export function createReservations(cache: Pick<ResourceCache, 'current'>, ended?: () => void): Reservations {
  const making = new Set<Cluster>();
  const changes = new Set<Change>();

  /** What has ended by now is in the store: the caches are to show it. */
  async function shown(finish: FinishFunc): Promise<FinishFunc> {
    try {
      await cache.current();
      return finish;
    } catch (error) {
      finish();
      throw error;
    }
  }

  return {
    clusters: () => [...making],
    async make(cluster, signal) {
      for (;;) {
        const change = [...changes].find(({ concerns }) => concerns(cluster));
        if (change === undefined) break;
        await endOf(change, signal);
      }
      making.add(cluster);
      return shown(() => {
        making.delete(cluster);
        ended?.();
      });
    },
    async change(concerns) {
      const { promise: ended, resolve } = withResolvers();
      const change = { concerns, ended };
      changes.add(change);
      return shown(() => {
        changes.delete(change);
        resolve();
      });
    },
  };
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

async function endOf({ ended }: Change, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise: aborted, resolve: abort } = withResolvers();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([ended, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
  signal.throwIfAborted();
}
