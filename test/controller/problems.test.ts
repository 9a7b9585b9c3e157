/** Members that do not run, and the events that Kubernetes recorded about them. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EventSubject } from '../../src/apis/kubernetes/event.ts';
import { condition, membersOf, podOf, sampleApp, sampleCluster, scale, statusOf } from './support/samples.ts';
import { createWorld, type World } from './support/world.ts';

let world: World;
let asked: EventSubject[];
beforeEach(() => {
  world = createWorld();
  asked = [];
  const eventReader = {
    about(subject: EventSubject) {
      asked.push(subject);
      return Promise.resolve([{ type: 'Warning', reason: 'FailedMount', message: 'secret "x" not found' }]);
    },
  };
  Object.assign(world.native, { eventReader });
  world.apps.direct.create(sampleApp());
  world.start();
});
afterEach(async () => {
  await world.stop();
});

/** Its containers stay in ContainerCreating. */
function hold(pod: string): void {
  world.pods.direct.change({ namespace: 'default', name: pod }, (copy) => {
    const status = { name: 'app', image: 'i', imageID: '', ready: false, restartCount: 0 };
    copy.status = {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'True' }],
      containerStatuses: [{ ...status, state: { waiting: { reason: 'ContainerCreating' } } }],
    };
  });
}

test('a member whose pod waits without a reason is explained by the events about it, until it runs', async () => {
  world.clusters.direct.create(sampleCluster());
  await world.settle();
  const pod = podOf(world, 'work');
  hold(pod);
  await world.settle(4_000);
  expect(asked).toEqual([]);
  expect(condition(world, 'Degraded')?.status).toBe('False');
  await world.settle(60_000);
  expect(asked[0]).toEqual({ kind: 'Pod', namespace: 'default', name: pod, uid: expect.any(String) as string });
  const words = `a volume can't be mounted (it is tried again): secret "x" not found (put it back, or have the cluster do without)`;
  expect(condition(world, 'Degraded')).toMatchObject({ reason: 'FailedMount', message: `${pod}: ${words}` });
  expect(membersOf(world, 'work')[0]?.stateDetail.podErrorMessage).toBe(words);
  const event = { type: 'Warning', reason: 'Member', message: `member{${pod}} in role{work}: ${words}` };
  expect(world.events.filter(({ message }) => message === event.message)).toEqual([event]);
  world.nodes.restart('default', pod);
  await world.settle();
  expect(condition(world, 'Ready')?.status).toBe('True');
  asked = [];
  await world.settle(300_000);
  expect(asked).toEqual([]);
});

test('the problem of one member does not prevent the set-up of others', async () => {
  world.clusters.direct.create(sampleCluster());
  await world.settle();
  hold(podOf(world, 'work'));
  await world.settle(30_000);
  scale(world, 'work', 3);
  await world.settle(30_000);
  expect(membersOf(world, 'work')[2]?.state).toBe('configured');
  expect(condition(world, 'Degraded')?.reason).toBe('FailedMount');
});

test('a member that does not come up causes a write only if there is something new', async () => {
  world.clusters.direct.create(sampleCluster());
  await world.settle();
  hold(podOf(world, 'work'));
  await world.settle(30_000);
  let writes = 0;
  world.gates.check = (verb) => void (writes += verb === 'status' ? 1 : 0);
  await world.settle(1_200_000);
  expect(writes).toBe(0);
  expect(statusOf(world).state).toBe('configured');
});
