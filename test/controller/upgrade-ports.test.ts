/** Members keep the ports of what they run until they have moved to another app. */
import { describe, expect, test } from 'vitest';
import type { KubeDirectorApp } from '../../src/apis/kubedirector/types.ts';
import { at, membersOf, podOf, statusOf } from './support/samples.ts';
import { workers } from './support/rolling.ts';
import { eachInItsWorld, world } from './support/started.ts';
import { editApp, moveTo, nextApp } from './support/upgrading.ts';

eachInItsWorld();

const listenAt =
  (port: number | undefined) =>
  ({ spec }: KubeDirectorApp): void => {
    for (const service of spec.services ?? []) {
      if (service.id !== 'rpc') continue;
      if (port === undefined) delete service.endpoint;
      else service.endpoint = { port };
    }
  };
/** Of the members of role work, by ordinal; undefined for one without a Service. */
const ports = (): (readonly number[] | undefined)[] =>
  membersOf(world, 'work').map(({ service }) =>
    world.services.get('default', service)?.spec?.ports?.map(({ port }) => port),
  );
const hold = (ordinal: number): void => void world.guest.configureExit.set(podOf(world, 'work', ordinal), 'running');
const goOn = async (): Promise<void> => {
  world.guest.configureExit.clear();
  await world.settle();
};

describe('an app with another port', () => {
  test('gives it to the Service of a member when the member moves, and takes it back so', async () => {
    await workers(3);
    nextApp(listenAt(7079));
    hold(1);
    moveTo('golden-2');
    await world.settle();
    expect(ports()).toEqual([[7077], [7079], [7079]]);
    world.guest.configureExit.clear();
    hold(2);
    moveTo('golden');
    await world.settle();
    expect(ports()).toEqual([[7077], [7077], [7077]]);
    await goOn();
    expect(statusOf(world).app).toBe('golden');
    moveTo('golden-2');
    await world.settle();
    expect(ports()).toEqual(Array(3).fill([7079]));
  });

  test('that comes by an edit in place does so, too', async () => {
    await workers(2);
    hold(1);
    editApp('golden', listenAt(7079));
    await world.settle();
    expect(ports()).toEqual([[7077], [7079]]);
    await goOn();
    expect(ports()).toEqual([[7079], [7079]]);
  });

  test('has the Services of members that have not moved made again as they were', async () => {
    await workers(2);
    nextApp(listenAt(7079));
    hold(1);
    moveTo('golden-2');
    await world.settle();
    world.services.direct.remove(at(membersOf(world, 'work')[0]?.service ?? ''));
    await world.settle();
    expect(ports()).toEqual([[7077], [7079]]);
  });
});

test('an app that offers no port any more takes Services away as members move, and one that does makes them so', async () => {
  await workers(2);
  nextApp(listenAt(undefined));
  hold(1);
  moveTo('golden-2');
  await world.settle();
  expect(ports()).toEqual([[7077], undefined]);
  await goOn();
  expect(ports()).toEqual([undefined, undefined]);
  expect(membersOf(world, 'work').map(({ service }) => service)).toEqual(['n/a', 'n/a']);
  hold(1);
  moveTo('golden');
  await world.settle();
  expect(ports()).toEqual([undefined, [7077]]);
  await goOn();
  expect(ports()).toEqual([[7077], [7077]]);
});
