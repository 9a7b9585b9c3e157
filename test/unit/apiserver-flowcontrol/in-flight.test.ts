import { describe, expect, it } from 'vitest';
import { createInFlight, type RequestKind } from '../../../src/apiserver/flowcontrol/in-flight.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';

const room = (metrics = createMetrics()) => createInFlight({ readOnly: 40, mutating: 8, longRunning: 4 }, metrics);
const times = (count: number, enter: () => () => void): (() => void)[] => Array.from({ length: count }, enter);
const of = (kind: RequestKind, user: string, seats = 1) => ({ kind, user, seats });

describe('the room for each kind of request', () => {
  it.each([
    ['mutating', 6],
    ['longRunning', 3],
    ['readOnly', 30],
  ] as const)('%s is never taken by one user alone', (kind, share) => {
    const inFlight = room();
    const held = times(share, () => inFlight.enter(of(kind, 'jane')));
    expect([inFlight.hasShare(of(kind, 'jane')), inFlight.hasRoom(of(kind, 'jane'))]).toEqual([false, true]);
    times(share / 3, () => inFlight.enter(of(kind, 'joe')));
    expect([inFlight.hasShare(of(kind, 'joe')), inFlight.hasRoom(of(kind, 'joe'))]).toEqual([true, false]);
    held.forEach((leave) => leave());
    held.forEach((leave) => leave());
    expect(inFlight.count(kind)).toBe(share / 3);
    expect([inFlight.hasShare(of(kind, 'jane')), inFlight.hasRoom(of(kind, 'jane'))]).toEqual([true, true]);
  });

  it('of a single write can be had by anybody', () => {
    const inFlight = createInFlight({ readOnly: 1, mutating: 1, longRunning: 1 }, createMetrics());
    expect(inFlight.hasShare(of('mutating', 'jane'))).toBe(true);
    inFlight.enter(of('mutating', 'jane'))();
    expect(inFlight.hasRoom(of('mutating', 'joe'))).toBe(true);
  });

  it('of none can be had by nobody', () => {
    const inFlight = createInFlight({ readOnly: 0, mutating: 1, longRunning: 1 }, createMetrics());
    expect(inFlight.hasRoom(of('readOnly', 'jane'))).toBe(false);
  });
});

it('counts a large list as several requests', () => {
  const inFlight = room();
  times(2, () => inFlight.enter(of('readOnly', 'jane', 10)));
  expect(inFlight.hasShare(of('readOnly', 'jane', 10))).toBe(true);
  expect(inFlight.hasShare(of('readOnly', 'jane', 11))).toBe(false);
  expect(inFlight.count('readOnly')).toBe(2);
});

it('does not shut out a list that would take more than the whole room', () => {
  expect(room().hasShare(of('readOnly', 'jane', 1000))).toBe(true);
});

it('shows exempt requests, which take no room of others', async () => {
  const metrics = createMetrics();
  const inFlight = room(metrics);
  const held = times(100, () => inFlight.enterExempt('mutating'));
  expect(inFlight.hasRoom(of('mutating', 'jane'))).toBe(true);
  expect(await metrics.text()).toContain('apiserver_current_inflight_requests{request_kind="mutating"} 100');
  held.forEach((leave) => leave());
  held.forEach((leave) => leave());
  expect(inFlight.count('mutating')).toBe(0);
});
