import { describe, expect, it } from 'vitest';
import { FairQueue, type Queued } from '../../../src/apiserver/flowcontrol/fair-queue.ts';

const always = (): boolean => true;
const request = (user: string, cost = 1): Queued => ({ user, cost });

/** Adds so many requests of a user. */
function add(queue: FairQueue<Queued>, user: string, count: number, cost = 1): Queued[] {
  return Array.from({ length: count }, () => {
    const entry = request(user, cost);
    queue.add(entry);
    return entry;
  });
}

/** The users of the next requests, in order. */
function serve(queue: FairQueue<Queued>, count: number, mayBegin: (entry: Queued) => boolean = always): string[] {
  return Array.from({ length: count }, () => {
    const entry = queue.next(mayBegin);
    if (entry === undefined) return 'none';
    queue.begin(entry);
    return entry.user;
  });
}

describe('a fair queue', () => {
  it('gives each user the same, however many requests one of them has', () => {
    const queue = new FairQueue<Queued>();
    add(queue, 'noisy', 1000);
    const quiet = Array.from({ length: 9 }, (_, index) => `quiet-${index}`);
    for (const user of quiet) add(queue, user, 3);
    const served = serve(queue, 30);
    for (const user of ['noisy', ...quiet]) expect(served.filter((one) => one === user)).toHaveLength(3);
    expect(serve(queue, 2)).toEqual(['noisy', 'noisy']);
  });

  it('lets a user who comes later wait for one request at most, and owes him nothing for before', () => {
    const queue = new FairQueue<Queued>();
    add(queue, 'noisy', 1000);
    serve(queue, 500);
    add(queue, 'quiet', 100);
    expect(serve(queue, 4)).toEqual(['quiet', 'noisy', 'quiet', 'noisy']);
  });

  it('counts what it costs, not how many there are', () => {
    const queue = new FairQueue<Queued>();
    add(queue, 'lists', 100, 20);
    add(queue, 'gets', 1000);
    const served = serve(queue, 210);
    expect(served.filter((user) => user === 'lists')).toHaveLength(10);
  });

  it('counts what a user has had without waiting', () => {
    const queue = new FairQueue<Queued>();
    for (let index = 0; index < 10; index++) queue.charge(request('noisy'));
    add(queue, 'noisy', 2);
    add(queue, 'quiet', 2);
    expect(serve(queue, 4)).toEqual(['quiet', 'noisy', 'quiet', 'noisy']);
  });

  it('keeps the order of one user, whatever leaves in between', () => {
    const queue = new FairQueue<Queued>();
    const [first, second, third, fourth] = add(queue, 'jane', 4);
    if (first === undefined || second === undefined || third === undefined || fourth === undefined) throw new Error();
    expect([second, first, fourth, fourth].map((entry) => queue.remove(entry))).toEqual([true, true, true, false]);
    expect(queue.next(always)).toBe(third);
    expect([queue.length, queue.lengthOf('jane')]).toEqual([1, 1]);
    queue.remove(third);
    expect([queue.length, queue.lengthOf('jane'), queue.next(always)]).toEqual([0, 0, undefined]);
  });

  it('passes over users who may not begin', () => {
    const queue = new FairQueue<Queued>();
    add(queue, 'noisy', 2);
    add(queue, 'quiet', 1);
    expect(serve(queue, 2, ({ user }) => user === 'quiet')).toEqual(['quiet', 'none']);
    expect(serve(queue, 2)).toEqual(['noisy', 'noisy']);
  });

  it('knows the newest request of the longest queue', () => {
    const queue = new FairQueue<Queued>();
    expect(queue.newestOfLongest()).toBeUndefined();
    add(queue, 'quiet', 2);
    const last = add(queue, 'noisy', 3).at(-1);
    add(queue, 'other', 1);
    expect(queue.newestOfLongest()).toBe(last);
  });

  it('forgets what users have had only when nobody waits', () => {
    const queue = new FairQueue<Queued>();
    for (let index = 0; index < 10; index++) queue.charge(request('noisy'));
    queue.forget();
    add(queue, 'noisy', 1);
    add(queue, 'quiet', 1);
    queue.forget();
    expect(serve(queue, 2)).toEqual(['noisy', 'quiet']);
    add(queue, 'noisy', 2);
    add(queue, 'late', 2);
    expect(serve(queue, 4).slice(0, 3)).toContain('late');
  });

  it('stays fair with more users than it keeps', () => {
    const queue = new FairQueue<Queued>();
    add(queue, 'noisy', 10_000);
    for (let index = 0; index < 3000; index++) {
      add(queue, `user-${index}`, 1);
      expect(serve(queue, 2)).toContain(`user-${index}`);
    }
  });
});
