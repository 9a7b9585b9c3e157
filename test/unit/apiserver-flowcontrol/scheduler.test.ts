import { describe, expect, it } from 'vitest';
import { createDeadlines } from '../../../src/apiserver/flowcontrol/deadlines.ts';
import { createInFlight, type RequestKind } from '../../../src/apiserver/flowcontrol/in-flight.ts';
import { createFlowMetrics } from '../../../src/apiserver/flowcontrol/scheduler-metrics.ts';
import { createScheduler, type WaitingLimits } from '../../../src/apiserver/flowcontrol/scheduler.ts';
import { StatusError } from '../../../src/meta/status.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';

const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Asked {
  readonly kind?: RequestKind;
  readonly cost?: number;
  readonly signal?: AbortSignal;
  /** Milliseconds of work. */
  readonly takes?: number;
  /** The request ends only when this resolves. */
  readonly until?: Promise<void>;
}

/** A scheduler on a clock of the test's own, whose requests take time on that clock. */
interface FixtureOptions {
  readonly limits?: Partial<Record<RequestKind, number>>;
  readonly waiting?: Partial<WaitingLimits>;
  readonly leastCost?: number;
}

function fixture(options: FixtureOptions = {}) {
  const time = { now: 0 };
  const timers: { at: number; callback: () => void }[] = [];
  const metrics = createMetrics();
  const after = (milliseconds: number, callback: () => void): (() => void) => {
    const timer = { at: time.now + milliseconds, callback };
    timers.push(timer);
    return () => timers.splice(timers.indexOf(timer), 1);
  };
  const clock = { ...systemClock, monotonic: () => time.now, after };
  const flow = createScheduler({
    inFlight: createInFlight({ readOnly: 400, mutating: 200, longRunning: 100, ...options.limits }, metrics),
    waiting: { ofUser: 100, ofAll: 150, ...options.waiting },
    deadlines: createDeadlines(clock, 15_000),
    pauses: createDeadlines(clock, 5_000),
    ...{ metrics: createFlowMetrics(metrics), now: () => time.now, sliceMs: 5, leastCost: options.leastCost ?? 0 },
  });
  const begun: string[] = [];
  const failed: { user: string; error: unknown }[] = [];
  async function ask(user: string, { kind = 'readOnly', cost = 1, signal, takes = 1, until }: Asked = {}) {
    try {
      const entered = flow.admit({
        ...{ kind, user, cost: () => cost },
        onGone(listener) {
          const onAbort = (): void => listener(signal?.reason as Error);
          signal?.addEventListener('abort', onAbort);
          return () => signal?.removeEventListener('abort', onAbort);
        },
      });
      const leave = entered instanceof Promise ? await entered : entered;
      begun.push(user);
      time.now += takes;
      await until;
      leave();
    } catch (error) {
      failed.push({ user, error });
    }
  }
  const many = (user: string, count: number, asked?: Asked): void => {
    for (let index = 0; index < count; index++) void ask(user, asked);
  };
  function pass(milliseconds: number): void {
    time.now += milliseconds;
    for (const timer of [...timers]) if (timer.at <= time.now) timer.callback();
  }
  const codes = () => failed.map(({ user, error }) => [user, error instanceof StatusError ? error.code : error]);
  return { flow, time, begun, failed, codes, ask, many, pass, metrics };
}

/** Turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let index = 0; index < count; index++) await immediate();
}

function countOf(names: readonly string[], name: string): number {
  return names.filter((one) => one === name).length;
}

describe('in calm', () => {
  it('requests begin at once, without a promise', () => {
    const { flow } = fixture();
    const onGone = (): (() => void) => {
      throw new Error('not needed');
    };
    const entered = flow.admit({ kind: 'readOnly', user: 'jane', cost: () => 1, onGone });
    expect(entered).toBeTypeOf('function');
  });
});

describe('a turn of the event loop', () => {
  it('has a slice of work; the others begin in the next ones', async () => {
    const { begun, many } = fixture();
    many('jane', 12);
    expect(begun).toHaveLength(5);
    await turns(1);
    expect(begun).toHaveLength(10);
    await turns(1);
    expect(begun).toHaveLength(12);
  });

  it('has a least amount of work, however much time passes while others have the processor', async () => {
    const { begun, many } = fixture({ leastCost: 20 });
    many('jane', 30, { takes: 10 });
    many('joe', 10, { takes: 10, cost: 10 });
    expect(begun).toHaveLength(20);
    await turns(1);
    // Half of the work is one request of joe.
    expect([countOf(begun, 'joe'), countOf(begun, 'jane')]).toEqual([1, 20 + 10]);
    await turns(20);
    expect(begun).toHaveLength(40);
  });

  it('begins with those who have had least: nine quiet users and one with a hundred streams', async () => {
    const { begun, many } = fixture();
    many('noisy', 100);
    for (let index = 0; index < 9; index++) many(`quiet-${index}`, 1);
    await turns(2);
    expect(begun.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'noisy'));
    expect(new Set(begun.slice(5)).size).toBeGreaterThanOrEqual(9);
    await turns(30);
    expect(begun).toHaveLength(109);
  });

  it('serves users who always ask equally, whatever their number of connections', async () => {
    const { begun, many, ask } = fixture();
    many('noisy', 100);
    const quiet = Array.from({ length: 9 }, (_, index) => `quiet-${index}`);
    const again = async (user: string): Promise<void> => {
      for (let index = 0; index < 5; index++) await ask(user);
    };
    const all = Promise.all(quiet.map(again));
    await all;
    // At first nobody else was there, and later they are equals: 5 requests of each.
    expect(countOf(begun, 'noisy')).toBeLessThanOrEqual(5 + 5 + 5);
    for (const user of quiet) expect(countOf(begun, user)).toBe(5);
  });

  it('counts large lists by their size', async () => {
    const { begun, many } = fixture();
    many('busy', 5);
    many('lists', 10, { cost: 20 });
    many('gets', 60);
    await turns(9);
    // The first of each begin together.
    expect(countOf(begun, 'lists')).toBe(3);
    expect(countOf(begun, 'gets')).toBeGreaterThanOrEqual(2 * 20);
  });

  it('shares between reads and writes by what they cost', async () => {
    const { begun, many } = fixture();
    many('busy', 5);
    many('reader', 60);
    many('writer', 60, { kind: 'mutating', cost: 5 });
    await turns(5);
    expect(countOf(begun, 'reader')).toBeGreaterThanOrEqual(4 * countOf(begun, 'writer'));
    expect(countOf(begun, 'writer')).toBeGreaterThan(0);
  });
});

describe('what is in flight', () => {
  it('makes further requests wait, and lets them begin when others end', async () => {
    const { begun, ask } = fixture({ limits: { mutating: 1 } });
    let release: () => void = () => undefined;
    const until = new Promise<void>((resolve) => (release = resolve));
    void ask('jane', { kind: 'mutating', until });
    void ask('joe', { kind: 'mutating' });
    void ask('reader');
    await turns(3);
    expect(begun).toEqual(['jane', 'reader']);
    release();
    await turns(3);
    expect(begun).toEqual(['jane', 'reader', 'joe']);
  });

  it('leaves room for others when one user has taken his share', async () => {
    const { begun, many } = fixture({ limits: { mutating: 4 } });
    const never = new Promise<void>(() => undefined);
    many('noisy', 10, { kind: 'mutating', until: never, takes: 0 });
    await turns(3);
    expect(begun).toHaveLength(3);
    many('quiet', 1, { kind: 'mutating', takes: 0 });
    await turns(3);
    expect(begun.at(-1)).toBe('quiet');
  });

  it('refuses long-running requests that find no room: they would wait for hours', () => {
    const { codes, many } = fixture({ limits: { longRunning: 4 } });
    many('jane', 5, { kind: 'longRunning', until: new Promise(() => undefined) });
    expect(codes()).toEqual([
      ['jane', 429],
      ['jane', 429],
    ]);
  });
});

describe('requests that wait', () => {
  const retry = { status: { code: 429, reason: 'TooManyRequests', details: { retryAfterSeconds: 1 } } };

  it('are limited for each user', async () => {
    const { failed, many, codes, metrics } = fixture({ waiting: { ofUser: 3 } });
    many('jane', 10);
    many('joe', 3);
    expect(codes()).toEqual([
      ['jane', 429],
      ['jane', 429],
    ]);
    expect(failed[0]?.error).toMatchObject(retry);
    const text = await metrics.text();
    expect(text).toContain('rejected_requests_total{request_kind="readOnly",reason="queue-full"} 2');
    expect(text).toContain('apiserver_flowcontrol_current_inqueue_requests{request_kind="readOnly"} 6');
  });

  it('pay with the newest of the longest queue when there are too many', async () => {
    const { begun, many, codes } = fixture({ waiting: { ofUser: 8, ofAll: 10 } });
    many('busy', 5);
    many('noisy', 7);
    many('writer', 3, { kind: 'mutating' });
    many('quiet', 2);
    expect(begun).toHaveLength(5);
    await turns(0);
    await Promise.resolve();
    expect(codes()).toEqual([
      ['noisy', 429],
      ['noisy', 429],
    ]);
    many('noisy', 1);
    await Promise.resolve();
    expect(codes()).toHaveLength(3);
    await turns(10);
    expect(countOf(begun, 'quiet')).toBe(2);
    expect(countOf(begun, 'writer')).toBe(3);
  });

  it('leave their queue when their client leaves', async () => {
    const { begun, ask, many, failed, metrics } = fixture();
    const client = new AbortController();
    many('jane', 6);
    void ask('joe', { signal: client.signal });
    client.abort(new Error('gone'));
    await turns(5);
    expect(begun).toEqual(Array.from({ length: 6 }, () => 'jane'));
    expect(failed).toEqual([{ user: 'joe', error: new Error('gone') }]);
    expect(await metrics.text()).toContain('current_inqueue_requests{request_kind="readOnly"} 0');
    await ask('joe', { signal: client.signal });
    expect(begun).toHaveLength(7);
  });

  it('are refused when they have waited for too long', async () => {
    const { ask, pass, codes, metrics } = fixture({ limits: { mutating: 1 } });
    void ask('jane', { kind: 'mutating', until: new Promise(() => undefined) });
    void ask('joe', { kind: 'mutating' });
    await turns(2);
    pass(14_999);
    await turns(1);
    expect(codes()).toEqual([]);
    pass(2);
    await turns(1);
    expect(codes()).toEqual([['joe', 429]]);
    const text = await metrics.text();
    expect(text).toContain('rejected_requests_total{request_kind="mutating",reason="time-out"} 1');
    expect(text).toContain('wait_duration_seconds_count{request_kind="mutating",execute="false"} 1');
  });
});
