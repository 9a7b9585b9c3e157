/** Setup packages that hang: what users see, and who continues meanwhile. */
import { describe, expect, test } from 'vitest';
import { condition, membersOf, podOf, scale, statusOf } from './support/samples.ts';
import { configured, eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

const minutes = 60_000;
/** The sample cluster, whose head's notifications never end, once its role `work` has been scaled. @returns the head */
async function scaledBesideDeaf(members: number): Promise<string> {
  await configured();
  const head = podOf(world, 'head');
  world.guest.deaf.add(head);
  scale(world, 'work', members);
  return head;
}
const warnings = (): string[] =>
  world.events.filter(({ type, reason }) => type === 'Warning' && reason !== 'Config').map(({ message }) => message);

describe('a startscript --delnodes that hangs', () => {
  test('delays members that leave for some minutes only, and is named', async () => {
    const head = await scaledBesideDeaf(1);
    await world.settle(2 * minutes);
    expect(membersOf(world, 'work').map(({ state }) => state)).toEqual(['configured', 'delete pending']);
    expect(condition(world, 'Progressing')?.message).toMatch(
      new RegExp(`^leaving: .*; being told: ${head} \\(running startscript --delnodes( for 1 min)?\\)`),
    );
    expect(warnings()).toEqual([]);
    await world.settle(6 * minutes);
    expect(membersOf(world, 'work')).toHaveLength(1);
    expect(membersOf(world, 'head')[0]?.stateDetail.notifyErrorMessage).toMatch(
      /^running startscript --delnodes for \d min/,
    );
    expect(warnings()).toEqual([`failed in member{${head}}; will retry: running startscript --delnodes for 5 min`]);
  });
});

describe('a startscript --addnodes that hangs', () => {
  test('is shown, delays no new member, and is forgotten once it has ended', async () => {
    await scaledBesideDeaf(3);
    await world.settle(10 * minutes);
    expect(membersOf(world, 'work').map(({ state }) => state)).toEqual(['configured', 'configured', 'configured']);
    expect(condition(world, 'Progressing')?.message).toMatch(/running startscript --addnodes for \d+ min/);
    expect(warnings()).toHaveLength(1);
    world.guest.deaf.clear();
    await world.settle(10 * minutes);
    expect(membersOf(world, 'head')[0]?.stateDetail.notifyErrorMessage).toBeUndefined();
    expect(condition(world, 'Ready')?.status).toBe('True');
  });
});

describe('a startscript --configure that hangs', () => {
  test('is shown with advice, also if the spec is changed meanwhile; the others are set up', async () => {
    await configured();
    const third = podOf(world, 'work').replace(/-0$/, '-2');
    world.guest.configureExit.set(third, 'running');
    world.guest.seconds = 400;
    scale(world, 'work', 4);
    await world.settle(minutes);
    const hint = 'running startscript --configure for 6 min; if it hangs:';
    expect(membersOf(world, 'work').map(({ state }) => state)).toEqual([
      ...['configured', 'configured', 'creating', 'configured'],
    ]);
    expect(membersOf(world, 'work')[2]?.stateDetail.setupProgress).toContain(hint);
    expect(condition(world, 'Progressing')?.message).toContain(`${third} (${hint}`);
    const told = world.events.filter(({ message }) => message.includes(hint));
    expect(told.map(({ type }) => type)).toEqual(['Normal']);
    world.guest.seconds = 460;
    await world.settle(minutes);
    expect(membersOf(world, 'work')[2]?.stateDetail.setupProgress).toContain('for 7 min');
    expect(world.events.filter(({ message }) => message.includes('if it hangs'))).toHaveLength(1);

    scale(world, 'work', 2);
    await world.settle(minutes);
    expect(condition(world, 'Progressing')).toMatchObject({ reason: 'SpecWaiting' });
    expect(condition(world, 'Progressing')?.message).toContain(`members to be set up: ${third} (running startscript`);
    world.guest.configureExit.delete(third);
    world.pods.direct.remove({ namespace: 'default', name: third });
    await world.settle(minutes);
    expect(membersOf(world, 'work')).toHaveLength(2);
    expect(statusOf(world).state).toBe('configured');
  });
});
