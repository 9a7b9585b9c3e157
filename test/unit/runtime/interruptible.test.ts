import { describe, expect, it } from 'vitest';
import { createInterruptible, TimeExceededError } from '../../../src/runtime/interruptible.ts';
import { processorMs } from '../../support/growth.ts';

const interruptible = createInterruptible();

describe('interruptible work', () => {
  it('returns and throws what it does', () => {
    const made = {};
    expect(interruptible(1000, () => made)).toBe(made);
    const error = new Error('no');
    expect(() =>
      interruptible(1000, () => {
        throw error;
      }),
    ).toThrow(error);
  });

  it('is broken off in time, and cannot keep that from happening', async () => {
    let count = 0;
    const endless = (): void => {
      for (;;) {
        try {
          for (;;) count++;
        } catch {
          count = 0;
        }
      }
    };
    const brokenOff = (): void => expect(() => interruptible(20, endless)).toThrow(TimeExceededError);
    expect(await processorMs(brokenOff)).toBeLessThan(1000);
    expect(count).toBeGreaterThan(0);
    expect(interruptible(1000, () => 'next')).toBe('next');
  });
});
