import { describe, expect, it } from 'vitest';
import { createInFlight } from '../../../src/apiserver/flowcontrol/in-flight.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';

const room = () => createInFlight({ readOnly: 4, mutating: 8, longRunning: 4 }, createMetrics());
const times = (count: number, enter: () => () => void): (() => void)[] => Array.from({ length: count }, enter);

describe('the room for writes', () => {
  it('is never taken by one user alone', () => {
    const inFlight = room();
    const held = times(6, () => inFlight.enter('mutating', 'jane'));
    expect(() => inFlight.enter('mutating', 'jane')).toThrow('too many writes of user "jane" at a time');
    times(2, () => inFlight.enter('mutating', 'joe'));
    expect(() => inFlight.enter('mutating', 'joe')).toThrow('too many requests');
    held.forEach((leave) => leave());
    held.forEach((leave) => leave());
    expect(inFlight.count('mutating')).toBe(2);
    times(6, () => inFlight.enter('mutating', 'jane'));
  });

  it('of a single write can be had by anybody', () => {
    const inFlight = createInFlight({ readOnly: 1, mutating: 1, longRunning: 1 }, createMetrics());
    const leave = inFlight.enter('mutating', 'jane');
    leave();
    expect(inFlight.enter('mutating', 'jane')).toBeTypeOf('function');
  });
});

it('reads and watches of one user may take all the room there is', () => {
  const inFlight = room();
  for (const kind of ['readOnly', 'longRunning'] as const) {
    times(4, () => inFlight.enter(kind, 'jane'));
    expect(() => inFlight.enter(kind, 'jane')).toThrow('too many requests');
  }
});
