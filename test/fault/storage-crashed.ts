/** What a start after a crash depends on. */
import type { Clock } from '../../src/runtime/clock.ts';
import type { Processes } from '../../src/storage/journal/index.ts';

/** Each reading is a second later, so that tests need not wait. */
export function hastyClock(): Clock {
  let time = 0;
  return {
    now: () => new Date((time += 1000)),
    monotonic: () => (time += 1000),
    after(_milliseconds, callback) {
      const timer = setTimeout(callback, 1);
      return () => {
        clearTimeout(timer);
      };
    },
  };
}

/** Whoever held the lock before the crash is gone. */
export const afterCrash: Processes = {
  self: () => Promise.resolve({ pid: 1, host: 'h', boot: 'b', pidNamespace: 'n', started: '1' }),
  judge: () => Promise.resolve('dead'),
};
