/** Running a member's startscript for a notification, as one task. */
import { describe, expect, test } from 'vitest';
import { createNotify } from '../../../src/controller/guest/notify.ts';
import type { Progress } from '../../../src/controller/guest/runner.ts';
import type { NotifyPlan } from '../../../src/controller/plan/guest-task.ts';
import { defaultTimings } from '../../../src/controller/guest/tasks.ts';

const limit = defaultTimings.notifyTimeoutMs;
const began = Date.parse('2026-01-01T00:00:00Z');
const once: NotifyPlan = { type: 'notify', containerID: 'c', id: 'x', args: ['--reconnect'] };
const retried = (since = began): NotifyPlan => ({ ...once, args: ['--addnodes'], retriedSince: since });

/** How a task went: the ids of its runs, everything that it said, when it ended (milliseconds), and how. */
interface Story {
  readonly ids: readonly string[];
  readonly said: readonly Exclude<Progress, { readonly done: unknown }>[];
  readonly took: number;
  readonly done: unknown;
}

/** @param answer what the step prints, so many milliseconds after the beginning */
async function story(plan: NotifyPlan, answer: (id: string, ms: number) => string): Promise<Story> {
  let ms = 0;
  const clock = { monotonic: () => 5 + ms, now: () => new Date(began + ms) };
  const advance = createNotify(plan, { clock, timings: defaultTimings, document: '', guestTools: undefined });
  const ids: string[] = [];
  const said: Story['said'][number][] = [];
  while (ms < 10 * limit) {
    const progress = await advance(({ args: [, id = ''] }) => {
      ids.push(id);
      return Promise.resolve({ exitCode: 0, stdout: answer(id, ms), stderr: '' });
    });
    if ('done' in progress) return { ids, said, took: ms, done: progress.done };
    said.push(progress);
    ms += progress.againAfterMs;
  }
  throw new Error('it does not end');
}

const saying = (status: number, words: string): string => `notify=${status}\nstderr=${btoa(words)}\n`;

test('a command is repeated until it succeeds, each time as a run of its own', async () => {
  const answers = ['notify=running\n', 'notify=10\n', 'notify=running\n', 'notify=0\n'];
  const { ids, said, done } = await story(retried(), () => answers.shift() ?? '');
  expect(ids).toEqual(['x-0', 'x-0', 'x-1', 'x-1']);
  expect(said.filter(({ failed }) => failed === true)).toHaveLength(1);
  expect(done).toEqual({ ok: true });
});

describe('a command that need not succeed', () => {
  test('is run once, and ends with what its startscript said last', async () => {
    const { ids, said, done } = await story(once, (_id, ms) =>
      ms === 0 ? 'notify=running\n' : saying(10, 'a\nusage\n'),
    );
    expect(new Set(ids)).toEqual(new Set(['x-0']));
    expect(said.filter(({ failed }) => failed === true)).toEqual([]);
    expect(done).toMatchObject({ ok: false, detail: 'startscript --reconnect: exit status 10 (usage)' });
  });

  test('is given up where it does not end', async () => {
    const { done, took, said } = await story(once, () => 'notify=running\n');
    expect(done).toMatchObject({ ok: false, detail: 'startscript --reconnect: has not ended for 11 min' });
    expect(took).toBeLessThan(limit + 2 * 60_000);
    expect(said.filter(({ failed }) => failed === true)).toEqual([]);
  });
});

describe('a command that is refused all the while', () => {
  test('is given up when its time is over, after a last try', async () => {
    const { ids, took, done } = await story(retried(), () => 'notify=120\n');
    expect(done).toMatchObject({ ok: false, detail: 'startscript --addnodes: exit status 120' });
    expect(took).toBeCloseTo(limit, -1);
    expect(ids.length).toBeGreaterThan(5);
    expect(ids.length).toBeLessThan(30);
  });

  test('is tried once more where it was begun long ago, by another server say', async () => {
    const { ids, done } = await story(retried(began - 2 * limit), () => 'notify=120\n');
    expect(ids).toEqual(['x-0']);
    expect(done).toMatchObject({ ok: false });
  });

  test('is told by the end of what it said', async () => {
    const { done } = await story(once, () => saying(1, 'x'.repeat(300)));
    expect(JSON.stringify(done).length).toBeLessThan(700);
  });
});

describe('a command that does not end', () => {
  test('is given up, and counts as failed once meanwhile', async () => {
    const { done, said, took } = await story(retried(), () => 'notify=running\n');
    expect(done).toMatchObject({ ok: false, detail: 'startscript --addnodes: has not ended for 11 min' });
    expect(took).toBeLessThan(limit + 2 * 60_000);
    expect(said.filter(({ failed }) => failed === true)).toHaveLength(1);
  });

  test('is said to have been stopped where it was, at its limit', async () => {
    const answer = (id: string, ms: number): string => {
      if (id === 'x-0') return saying(3, 'first\nno such peer\n');
      return ms < limit + 5_000 ? 'notify=running\n' : 'notify=124\n';
    };
    const { said, done } = await story(retried(), answer);
    expect(said[0]?.message).toBe('startscript --addnodes: exit status 3 (no such peer)');
    expect(said.map(({ message }) => message)).toContain('running startscript --addnodes for 9 min');
    expect(done).toMatchObject({ detail: 'startscript --addnodes: was stopped after 10 min' });
  });
});
