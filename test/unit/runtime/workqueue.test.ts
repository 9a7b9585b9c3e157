import { beforeEach, describe, expect, test } from 'vitest';
import { createMetrics, type Metrics } from '../../../src/runtime/metrics.ts';
import { createWorkqueue, type Workqueue } from '../../../src/runtime/workqueue.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { growth, linearGrowth } from '../../support/growth.ts';

const never = new AbortController().signal;
let clock: ManualClock;
let metrics: Metrics;
let queue: Workqueue;

function make(random: () => number = () => 0): Workqueue {
  return createWorkqueue({ clock, metrics, random, name: 'clusters', baseDelayMs: 100, maxDelayMs: 1000 });
}
/** What a get that would have to wait shows at once. */
async function now(got: Promise<string | undefined>): Promise<string | undefined> {
  return Promise.race([got, new Promise<'waits'>((resolve) => setImmediate(resolve, 'waits'))]);
}

beforeEach(() => {
  clock = createManualClock();
  metrics = createMetrics();
  queue = make();
});

describe('a workqueue', () => {
  test('gives keys in the order of adding', async () => {
    for (const key of ['b', 'a', 'c']) queue.add(key);
    expect([await queue.get(never), await queue.get(never), await queue.get(never)]).toEqual(['b', 'a', 'c']);
  });

  test('gives a key once however often it was added', async () => {
    queue.add('a');
    queue.add('a');
    expect(queue.length).toBe(1);
    expect(await queue.get(never)).toBe('a');
    expect(await now(queue.get(never))).toBe('waits');
  });

  test('lets workers wait and serves the one that waits longest', async () => {
    const first = queue.get(never);
    const second = queue.get(never);
    queue.add('a');
    expect(await first).toBe('a');
    expect(await now(second)).toBe('waits');
    queue.add('b');
    expect(await second).toBe('b');
  });

  test('gives no key to two workers, and brings one added meanwhile back after done', async () => {
    queue.add('a');
    expect(await queue.get(never)).toBe('a');
    queue.add('a');
    queue.add('a');
    expect(queue.length).toBe(0);
    const next = queue.get(never);
    expect(await now(next)).toBe('waits');
    queue.done('a');
    expect(await next).toBe('a');
    queue.done('a');
    expect(await now(queue.get(never))).toBe('waits');
  });

  test('ignores done for a key that nobody works on', async () => {
    queue.add('a');
    queue.done('a');
    queue.done('b');
    expect(await queue.get(never)).toBe('a');
  });

  test('ends a wait when the signal aborts, and loses no key by it', async () => {
    const stop = new AbortController();
    const waiting = queue.get(stop.signal);
    stop.abort();
    expect(await waiting).toBeUndefined();
    queue.add('a');
    expect(await queue.get(stop.signal)).toBeUndefined();
    expect(await queue.get(never)).toBe('a');
  });

  test('once shut down takes nothing more, gives what it has, then undefined', async () => {
    const other = make();
    const waiting = other.get(never);
    other.shutDown();
    expect(await waiting).toBeUndefined();

    queue.add('a');
    queue.addAfter('later', 10);
    queue.shutDown();
    queue.add('b');
    queue.addAfter('c', 0);
    queue.addRateLimited('d');
    clock.advance(10_000);
    expect(clock.pending).toBe(0);
    expect(await queue.get(never)).toBe('a');
    expect(await queue.get(never)).toBeUndefined();
  });

  test('takes no longer for a key when there are a hundred thousand', async () => {
    const passThrough = (keys: number) => async () => {
      for (let index = 0; index < keys; index++) queue.add(`ns/${index}`);
      for (let index = 0; index < keys; index++) {
        const key = await queue.get(never);
        if (key !== `ns/${index}`) throw new Error(`${key} came in the place of ns/${index}`);
        queue.done(`ns/${index}`);
      }
    };
    expect(await growth(passThrough, 12_500)).toBeLessThan(linearGrowth);
  });
});

describe('delays', () => {
  test('a key comes after its delay, not before', () => {
    queue.addAfter('a', 50);
    clock.advance(49);
    expect(queue.length).toBe(0);
    clock.advance(1);
    expect(queue.length).toBe(1);
  });

  test('of several delays for a key the earliest wins', async () => {
    queue.addAfter('a', 50);
    queue.addAfter('a', 20);
    queue.addAfter('a', 80);
    clock.advance(20);
    expect(await queue.get(never)).toBe('a');
    queue.done('a');
    clock.advance(1000);
    expect(queue.length).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test('without a delay a key comes at once', () => {
    queue.addAfter('a', 0);
    queue.addAfter('b', -5);
    expect(queue.length).toBe(2);
  });

  test('a delay longer than a timer can hold is kept', () => {
    const days = 24 * 3600 * 1000;
    queue.addAfter('a', 60 * days);
    clock.advance(59 * days);
    expect(queue.length).toBe(0);
    clock.advance(1 * days);
    expect(queue.length).toBe(1);
  });

  function delayOf(key: string): number {
    let waited = 0;
    const { length } = queue;
    queue.addRateLimited(key);
    while (queue.length === length && waited < 5000) {
      clock.advance(1);
      waited++;
    }
    return waited;
  }

  test('failures double the delay up to the longest; forgetting starts anew', async () => {
    const delays: number[] = [];
    for (let failure = 0; failure < 6; failure++) {
      delays.push(delayOf('a'));
      expect(await queue.get(never)).toBe('a');
      queue.done('a');
    }
    expect(delays).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect(queue.requeues('a')).toBe(6);
    queue.forget('a');
    expect(queue.requeues('a')).toBe(0);
    expect(delayOf('a')).toBe(100);
  });

  test('keys fail apart from each other', () => {
    delayOf('a');
    delayOf('b');
    expect(queue.requeues('a')).toBe(1);
  });

  test('a thousand failures do not overflow the delay', () => {
    for (let failure = 0; failure < 2000; failure++) queue.addRateLimited('a');
    queue.forget('b');
    expect(queue.requeues('a')).toBe(2000);
    queue.addRateLimited('a');
    clock.advance(1000);
    expect(queue.length).toBe(1);
  });

  test('chance shortens delays by a tenth at most', () => {
    queue = make(() => 0.999_999);
    expect(delayOf('a')).toBe(91);
  });
});

test('tells its metrics under client-go’s names', async () => {
  queue.add('a');
  queue.add('b');
  queue.addAfter('c', 5);
  clock.advance(2000);
  await queue.get(never);
  clock.advance(3000);
  const text = await metrics.text();
  expect(text).toContain('workqueue_depth{name="clusters"} 2');
  expect(text).toContain('workqueue_adds_total{name="clusters"} 3');
  expect(text).toContain('workqueue_retries_total{name="clusters"} 1');
  expect(text).toContain('workqueue_queue_duration_seconds_sum{name="clusters"} 2');
  expect(text).toContain('workqueue_unfinished_work_seconds{name="clusters"} 3');
  expect(text).toContain('workqueue_longest_running_processor_seconds{name="clusters"} 3');
  queue.done('a');
  const after = await metrics.text();
  expect(after).toContain('workqueue_work_duration_seconds_sum{name="clusters"} 3');
  expect(after).toContain('workqueue_unfinished_work_seconds{name="clusters"} 0');
  expect(after).toContain('workqueue_longest_running_processor_seconds{name="clusters"} 0');
});

test('two workqueues share the metrics, each under its own name', async () => {
  const other = createWorkqueue({
    clock,
    metrics,
    random: () => 0,
    name: 'apps',
    baseDelayMs: 1,
    maxDelayMs: 2,
  });
  other.add('x');
  const text = await metrics.text();
  expect(text).toContain('workqueue_depth{name="clusters"} 0');
  expect(text).toContain('workqueue_depth{name="apps"} 1');
});
