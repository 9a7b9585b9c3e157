import { describe, expect, it } from 'vitest';
import { createSoleLeadership, LeadershipLostError, type Term } from '../../../src/runtime/leadership.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createManualClock } from './manual-clock.ts';

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
const settle = () => new Promise((resolve) => setImmediate(resolve));

function start(work: (term: Term) => Promise<void>) {
  const clock = createManualClock();
  const stopped = new AbortController();
  const ended = createSoleLeadership({ holder: 'here', clock, logger: silentLogger }).lead(work, stopped.signal);
  return { clock, ended, stop: () => stopped.abort() };
}

describe('The leadership of a process that is alone', () => {
  it('begins at once, and lasts until it is stopped and its work has ended', async () => {
    const terms: Term[] = [];
    const { clock, ended, stop } = start((term) => {
      terms.push(term);
      return aborted(term.signal);
    });
    clock.advance(3_600_000);
    expect(terms.map((term) => term.isCurrent())).toEqual([true]);
    stop();
    await ended;
    expect(terms.map((term) => term.isCurrent())).toEqual([false]);
  });

  it('begins anew, after a second, where something has ended a term', async () => {
    const terms: Term[] = [];
    const { clock, ended, stop } = start((term) => {
      terms.push(term);
      return aborted(term.signal);
    });
    terms[0]?.end(new LeadershipLostError('another process has written'));
    await settle();
    clock.advance(999);
    await settle();
    expect(terms).toHaveLength(1);
    clock.advance(1);
    await settle();
    expect(terms.map((term) => term.isCurrent())).toEqual([false, true]);
    stop();
    await ended;
  });

  it('fails as its work does, but not for what goes wrong because its term is over', async () => {
    const { ended } = start(() => Promise.reject(new Error('a defect')));
    await expect(ended).rejects.toThrow('a defect');
    const second = start(async ({ signal }) => {
      await aborted(signal);
      throw new Error('cut off');
    });
    second.stop();
    await expect(second.ended).resolves.toBeUndefined();
  });
});
