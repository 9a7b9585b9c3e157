import { describe, expect, it } from 'vitest';
import { createSlots } from '../../../src/runtime/slots.ts';

describe('slots', () => {
  it('are given to those who wait, in their order', async () => {
    const slots = createSlots(1);
    const release = await slots.take();
    const order: string[] = [];
    const second = slots.take().then((give) => (order.push('second'), give?.()));
    const third = slots.take().then((give) => (order.push('third'), give?.()));
    expect(slots.waiting).toBe(2);
    release?.();
    await Promise.all([second, third]);
    expect(order).toEqual(['second', 'third']);
    expect(slots.waiting).toBe(0);
  });

  it('are released once, however often the holder calls it', async () => {
    const slots = createSlots(1);
    const release = await slots.take();
    release?.();
    release?.();
    await slots.take();
    void slots.take();
    expect(slots.waiting).toBe(1);
  });

  it('are not lost if one who waits gives up', async () => {
    const slots = createSlots(1);
    const release = await slots.take();
    const abort = new AbortController();
    const impatient = slots.take(abort.signal);
    const patient = slots.take();
    abort.abort();
    expect(await impatient).toBeUndefined();
    release?.();
    expect(await patient).toBeTypeOf('function');
  });

  it('are not given to one who has given up before', async () => {
    const slots = createSlots(1);
    expect(await slots.take(AbortSignal.abort())).toBeUndefined();
    expect(await slots.take()).toBeTypeOf('function');
  });
});
