/** Connections of proxies through which nothing moves. */
import { expect, it } from 'vitest';
import { watchIdle } from '../../../src/apiserver/proxy/idle.ts';
import type { Clock } from '../../../src/runtime/clock.ts';

function handClock() {
  let time = 0;
  const due: { at: number; callback: () => void }[] = [];
  const clock: Clock = {
    now: () => new Date(time),
    monotonic: () => time,
    after(milliseconds, callback) {
      const entry = { at: time + milliseconds, callback };
      due.push(entry);
      return () => due.splice(due.indexOf(entry), 1);
    },
  };
  const pass = (milliseconds: number): void => {
    time += milliseconds;
    for (const entry of due.splice(0)) {
      if (entry.at <= time) entry.callback();
      else due.push(entry);
    }
  };
  return { clock, pass, due };
}

const minute = 60_000;

it('are ended ten minutes after the last byte, once', () => {
  const { clock, pass, due } = handClock();
  let ended = 0;
  const watch = watchIdle(clock, () => ended++);
  for (let minutes = 0; minutes < 30; minutes += 5) {
    pass(5 * minute);
    watch.touch();
  }
  expect(ended).toBe(0);
  pass(10 * minute);
  pass(10 * minute);
  expect([ended, due.length]).toEqual([1, 0]);
});

it('are not watched any more after their end', () => {
  const { clock, pass, due } = handClock();
  let ended = 0;
  watchIdle(clock, () => ended++).stop();
  pass(20 * minute);
  expect([ended, due.length]).toEqual([0, 0]);
});
