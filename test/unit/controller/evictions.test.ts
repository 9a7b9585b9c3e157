import { beforeEach, describe, expect, test } from 'vitest';
import { createEvictions, type Evictions } from '../../../src/controller/act/evictions.ts';
import { createTestClock, type TestClock } from '../../controller/support/world.ts';
import { pod } from './facts.ts';

const cluster = { namespace: 'default', name: 'sample' };
const member = pod('set-0', undefined);
const shown = new Map([['set-0', member]]);

let clock: TestClock;
let evictions: Evictions;
let refusal: string | undefined;
let asked: number;
let news: string[];

beforeEach(() => {
  clock = createTestClock();
  [refusal, asked, news] = ['not now', 0, []];
  evictions = createEvictions({
    pods: {
      evict() {
        asked += 1;
        return Promise.resolve(refusal);
      },
    },
    clock,
    onNews: (key) => news.push(key),
  });
});

describe('a pod that may not go', () => {
  test('is told of once, and is asked about again after a while only', async () => {
    expect(await evictions.evict(cluster, member)).toBe(false);
    expect(evictions.refusals(shown)).toEqual(new Map([['set-0', 'not now']]));
    expect(news).toEqual(['default/sample']);
    expect(await evictions.evict(cluster, member)).toBe(false);
    expect(asked).toBe(1);
    expect(clock.next(4_999)).toBe(false);
    expect(clock.next(5_000)).toBe(true);
    expect(news).toHaveLength(2);
    expect(await evictions.evict(cluster, member)).toBe(false);
    expect([asked, news.length]).toEqual([2, 2]);
    expect(clock.next(9_999)).toBe(false);
  });

  test('goes when nobody refuses it any more, and nothing more is said of it', async () => {
    await evictions.evict(cluster, member);
    clock.next(60_000);
    refusal = undefined;
    expect(await evictions.evict(cluster, member)).toBe(true);
    expect(evictions.refusals(shown)).toEqual(new Map());
  });

  test('says nothing of a namesake that came after it', async () => {
    await evictions.evict(cluster, member);
    const other = { ...member, metadata: { ...member.metadata, uid: 'other' } };
    expect(evictions.refusals(new Map([['set-0', other]]))).toEqual(new Map());
    refusal = undefined;
    expect(await evictions.evict(cluster, other)).toBe(true);
  });

  test('reminds nobody once the controller has stopped', async () => {
    await evictions.evict(cluster, member);
    evictions.stop();
    expect(clock.next(3_600_000)).toBe(false);
  });
});
