import { describe, expect, it } from 'vitest';
import { RequestActivity } from '../../../src/apiserver/flowcontrol/activity.ts';
import { systemClock } from '../../../src/runtime/clock.ts';

function fixture() {
  const time = { now: 1000 };
  const activity = new RequestActivity({ ...systemClock, monotonic: () => time.now });
  return { time, activity };
}

describe('the activity of a server', () => {
  it('is none before the first request', () => {
    const { activity } = fixture();
    expect([activity.sinceRequest(), activity.sinceWrite()]).toEqual([Infinity, Infinity]);
  });

  it('lasts until the last of several simultaneous requests is answered', () => {
    const { time, activity } = fixture();
    const [first, second] = [activity.begin('readOnly'), activity.begin('readOnly')];
    first();
    time.now += 10;
    expect(activity.sinceRequest()).toBe(0);
    second();
    time.now += 5;
    expect(activity.sinceRequest()).toBe(5);
  });

  it('tells writes from reads, and does not count watches', () => {
    const { time, activity } = fixture();
    activity.begin('longRunning');
    expect(activity.sinceRequest()).toBe(Infinity);
    activity.begin('mutating')();
    time.now += 3;
    activity.begin('readOnly')();
    expect([activity.sinceRequest(), activity.sinceWrite()]).toEqual([0, 3]);
  });
});
