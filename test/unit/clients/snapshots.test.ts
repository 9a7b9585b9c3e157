import { expect, it } from 'vitest';
import { createSnapshotClient } from '../../../src/clients/kubernetes/snapshots.ts';
import { createTransport } from '../../../src/clients/kubernetes/transport.ts';
import { systemClock, type Clock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { abort, eachWithServer, hurried, server } from './informer-fixture.ts';

eachWithServer();

/** VolumeSnapshots are served; lists of them are answered as `isListed` says. */
function start() {
  const state = { isListed: false, leapMs: 0, onList: (): void => undefined };
  const group = '/apis/snapshot.storage.k8s.io/v1';
  server.interfere = ({ path }) => {
    if (path === group) return { status: 200, body: { resources: [{ name: 'volumesnapshots' }] } };
    state.onList();
    return state.isListed ? undefined : { status: 503 };
  };
  const clock: Clock = { ...hurried, monotonic: () => systemClock.monotonic() + state.leapMs };
  const transport = createTransport(server.config, { clock: systemClock, metrics: createMetrics() });
  abort.signal.addEventListener('abort', () => {
    transport.close();
  });
  return { state, client: createSnapshotClient({ transport, clock, random: () => 0.5, logger: silentLogger }) };
}

it('does not take a view that was never filled for an empty one, when it is stopped', async () => {
  const { client, state } = start();
  const stopped = new AbortController();
  const following = client.follow(stopped.signal);
  state.onList = () => {
    stopped.abort();
  };
  await expect(following).rejects.toThrow(/aborted/);
});

it('says that snapshots can not be listed, and shows them when they can', async () => {
  const { client, state } = start();
  const following = client.follow(abort.signal);
  state.onList = () => {
    state.leapMs = 10_000;
  };
  await expect(following).rejects.toMatchObject({ status: { reason: 'ServiceUnavailable' } });
  await expect(client.follow(abort.signal)).rejects.toThrow(/could not be listed yet/);
  state.isListed = true;
  await expect.poll(() => client.follow(abort.signal).catch(() => false)).toBe(true);
});
