import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBackgroundTurns } from '../../../src/runtime/background-turns.ts';

const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const milliseconds = (count: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, count));

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

/** Turns on a clock of the test's own. */
function fixture() {
  const state = { now: 0, idle: 0, pressed: true };
  const turns = createBackgroundTurns({
    pressed: () => state.pressed,
    ...{ sliceMs: 5, rest: 2, now: () => state.now, idle: () => state.idle },
  });
  let steps = 0;
  /** Takes turns until the test is over, each for so long. */
  const work = async (each: number): Promise<void> => {
    while (!stop.signal.aborted) {
      if (turns.due()) await turns.next(stop.signal).catch(() => undefined);
      steps += 1;
      state.now += each;
      await immediate();
    }
  };
  return { state, turns, work, steps: () => steps };
}

describe('background turns', () => {
  it('are not due without requests, before a slice is used up', async () => {
    const { state, turns } = fixture();
    state.pressed = false;
    expect(turns.due()).toBe(false);
    state.now = 4;
    expect(turns.due()).toBe(false);
    state.now = 5;
    expect(turns.due()).toBe(true);
    await immediate();
    await immediate();
    expect(turns.due()).toBe(false);
  });

  it('are waited for by everybody while requests are being answered', async () => {
    const { state, turns } = fixture();
    expect(turns.due()).toBe(true);
    await turns.next();
    expect(turns.due()).toBe(false);
    state.now += 5;
    expect(turns.due()).toBe(true);
  });

  it('rest after a slice for as long as it says, and then go on', async () => {
    const { state, work, steps } = fixture();
    void work(5);
    await expect.poll(steps).toBe(1);
    await milliseconds(20);
    expect(steps()).toBe(1);
    state.now += 9;
    await milliseconds(20);
    expect(steps()).toBe(1);
    state.now += 1;
    await expect.poll(steps).toBe(2);
    await milliseconds(20);
    expect(steps()).toBe(2);
  });

  it('put short steps together to one slice', async () => {
    const { work, steps } = fixture();
    void work(1);
    await expect.poll(steps).toBe(5);
    await milliseconds(20);
    expect(steps()).toBe(5);
  });

  it('of several who wait are one turn of the event loop, as long as a slice', async () => {
    const { state, turns } = fixture();
    const done: number[] = [];
    const step = async (index: number): Promise<void> => {
      await turns.next(stop.signal).catch(() => undefined);
      // What goes on in promises counts.
      await Promise.resolve();
      if (stop.signal.aborted) return;
      done.push(index);
      state.now += 2;
    };
    for (let index = 0; index < 5; index++) void step(index);
    await immediate();
    expect(done).toEqual([0, 1, 2]);
    await milliseconds(20);
    expect(done).toHaveLength(3);
    state.now += 12;
    await expect.poll(() => done).toEqual([0, 1, 2, 3, 4]);
  });

  it('go on as soon as the event loop has nothing else to do', async () => {
    const { state, work, steps } = fixture();
    void work(5);
    await expect.poll(steps).toBe(1);
    await milliseconds(20);
    expect(steps()).toBe(1);
    state.idle += 1;
    await expect.poll(steps).toBe(2);
  });

  it('go on as soon as no more requests come', async () => {
    const { state, work, steps } = fixture();
    void work(5);
    await expect.poll(steps).toBe(1);
    state.pressed = false;
    await expect.poll(steps).toBeGreaterThan(3);
  });

  it('are not waited for by those whose signal has aborted', async () => {
    const { turns } = fixture();
    const controller = new AbortController();
    const before = turns.next(controller.signal);
    controller.abort(new Error('gone'));
    await expect(before).rejects.toThrow('gone');
    await expect(turns.next(controller.signal)).rejects.toThrow('gone');
    await turns.next();
  });
});
