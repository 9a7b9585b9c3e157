/** Deletes events an hour after they were last seen, the default of kube-apiserver's --event-ttl. */
import type { CoreEvent } from '../../apis/kubernetes/types.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import { splitObjectKey } from '../../apiserver/watchcache/keys.ts';
import { createLoop } from './loop.ts';
import { controllerContext } from './users.ts';
import { createView } from './view.ts';
import type { Simulator, World } from './world.ts';

const ttlMs = 3_600_000;
const sweepMs = 600_000;
const sweep = 'sweep';

/** Makes the simulator that looks for old events every ten minutes. */
export function createEventExpiry(world: World, events: ResourceRegistry<CoreEvent>): Simulator {
  const { clock } = world;
  const loop = createLoop(world, { name: 'event_expiry', workers: 1, reconcile });
  let armed = false;
  const view = createView(
    () => events.cache,
    () => {
      if (armed) return;
      armed = true;
      loop.addAfter(sweep, sweepMs);
    },
  );
  const lastSeen = ({ series, lastTimestamp, eventTime, metadata }: CoreEvent): number =>
    Date.parse(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '');

  async function reconcile(_key: string, signal: AbortSignal): Promise<number | undefined> {
    const { objects } = events.cache.list({});
    const limit = clock.now().getTime() - ttlMs;
    const old = objects.filter(({ object }) => lastSeen(object) < limit);
    for (const { key, object } of old) {
      await events.delete(controllerContext('event-expiry', signal), splitObjectKey(key), {
        preconditions: { uid: object.metadata.uid },
      });
    }
    armed = objects.length > old.length;
    return armed ? sweepMs : undefined;
  }
  return {
    start(signal) {
      loop.start(signal, [view]);
      loop.add(sweep);
    },
  };
}
