import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EventSubject, ToldEvent } from '../../../src/apis/kubernetes/event.ts';
import { createEventReads, type EventReads } from '../../../src/controller/observe/event-reads.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { createManualClock, type ManualClock } from '../runtime/manual-clock.ts';

const pod = (name: string): EventSubject => ({ kind: 'Pod', namespace: 'ns', name, uid: `uid-${name}` });
const failed: ToldEvent = { type: 'Warning', reason: 'FailedMount', message: 'no such secret' };

let clock: ManualClock;
let reads: EventReads;
let abort: AbortController;
let asked: { name: string; at: number }[];
let news: string[];
let answer: (subject: EventSubject) => Promise<readonly ToldEvent[]>;
beforeEach(() => {
  clock = createManualClock();
  abort = new AbortController();
  asked = [];
  news = [];
  answer = () => Promise.resolve([failed]);
  reads = createEventReads({
    reader: {
      about(subject) {
        asked.push({ name: subject.name, at: clock.monotonic() / 1000 });
        return answer(subject);
      },
    },
    ...{ clock, random: () => 0, logger: silentLogger, metrics: createMetrics() },
    onNews: (cluster) => void news.push(cluster),
  });
  reads.start(abort.signal);
});
afterEach(async () => {
  abort.abort();
  await reads.stop();
});

async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    clock.advance(1000);
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

test('asks when it has lasted for five seconds, then ever more rarely, and tells once', async () => {
  expect(reads.about('ns/c', [pod('a')]).size).toBe(0);
  await pass(4);
  expect(asked).toEqual([]);
  await pass(200);
  expect(asked.map(({ at }) => at)).toEqual([5, 15, 35, 75, 135, 195]);
  expect(news).toEqual(['ns/c']);
  expect(reads.about('ns/c', [pod('a')])).toEqual(new Map([['Pod/a', [failed]]]));
});

test('asks nothing about what has passed meanwhile, and forgets what it knew', async () => {
  reads.about('ns/c', [pod('a')]);
  await pass(6);
  expect(reads.about('ns/c', []).size).toBe(0);
  await pass(100);
  expect(asked).toHaveLength(1);
  expect(reads.about('ns/c', [pod('a')]).size).toBe(0);
});

test('asks about three objects at a time, each in its turn, and never sooner than ten seconds after the last time', async () => {
  const all = ['a', 'b', 'c', 'd'].map(pod);
  reads.about('ns/c', all);
  await pass(6);
  expect(asked.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  reads.about('ns/c', [...all, pod('e')]);
  await pass(8);
  expect(asked).toHaveLength(3);
  await pass(1);
  expect(asked.slice(3)).toEqual([
    { name: 'd', at: 15 },
    { name: 'e', at: 15 },
  ]);
});

test('takes a namesake for something else', async () => {
  reads.about('ns/c', [pod('a')]);
  await pass(120);
  asked = [];
  reads.about('ns/c', [{ ...pod('a'), uid: 'another' }]);
  await pass(6);
  expect(asked).toHaveLength(1);
});

test('goes on where it is refused, with nothing to tell', async () => {
  answer = () => Promise.reject(new Error('forbidden'));
  reads.about('ns/c', [pod('a')]);
  await pass(20);
  expect(asked).toHaveLength(2);
  expect(news).toEqual([]);
  expect(reads.about('ns/c', [pod('a')]).size).toBe(0);
});

test('has one request under way at a time, whoever else waits', async () => {
  let under = 0;
  let most = 0;
  answer = async () => {
    most = Math.max(most, (under += 1));
    await new Promise((resolve) => setImmediate(resolve));
    under -= 1;
    return [];
  };
  for (const cluster of ['ns/c', 'ns/d', 'ns/e']) reads.about(cluster, [pod('a'), pod('b')]);
  await pass(12);
  expect(asked.length).toBeGreaterThanOrEqual(6);
  expect(most).toBe(1);
});
