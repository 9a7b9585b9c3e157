import { describe, expect, it } from 'vitest';
import { createTurns } from '../../../src/runtime/turns.ts';

const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  it('are due when the work of one turn of the event loop has taken long enough, whoever did it', async () => {
    let now = 0;
    const turns = createTurns({ sliceMs: 5, now: () => now });
    expect(turns.due()).toBe(false);
    now = 4;
    expect(turns.due()).toBe(false);
    now = 5;
    expect(turns.due()).toBe(true);
    await immediate();
    expect(turns.due()).toBe(false);
  });

  it('let one of those who wait continue in each turn, in their order', async () => {
    const turns = createTurns();
    const order: string[] = [];
    let turn = 0;
    let over = false;
    const count = (): void => {
      turn += 1;
      if (!over) setImmediate(count);
    };
    setImmediate(count);
    const work = async (name: string): Promise<void> => {
      for (let step = 0; step < 3; step += 1) {
        await turns.next();
        order.push(`${name}${step}@${turn}`);
      }
    };
    await Promise.all(['a', 'b', 'c'].map(work));
    over = true;
    expect(order.map((one) => one.split('@')[0])).toEqual(['a0', 'b0', 'c0', 'a1', 'b1', 'c1', 'a2', 'b2', 'c2']);
    expect(new Set(order.map((one) => one.split('@')[1])).size).toBe(order.length);
  });

  it('are not waited for by those whose signal has aborted', async () => {
    const turns = createTurns();
    const controller = new AbortController();
    const before = turns.next(controller.signal);
    controller.abort(new Error('gone'));
    await expect(before).rejects.toThrow('gone');
    await expect(turns.next(controller.signal)).rejects.toThrow('gone');
    await turns.next();
  });
});
