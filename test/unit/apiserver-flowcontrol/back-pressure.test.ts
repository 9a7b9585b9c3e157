import { beforeEach, describe, expect, it } from 'vitest';
import { createDeadlines } from '../../../src/apiserver/flowcontrol/deadlines.ts';
import { createInFlight } from '../../../src/apiserver/flowcontrol/in-flight.ts';
import type { PausableConnection } from '../../../src/apiserver/flowcontrol/paused-connections.ts';
import { createFlowMetrics } from '../../../src/apiserver/flowcontrol/scheduler-metrics.ts';
import { createScheduler, type FlowControl } from '../../../src/apiserver/flowcontrol/scheduler.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createMetrics, type Metrics } from '../../../src/runtime/metrics.ts';

/** A connection and its client: what it asks waits until it is read. */
class Client implements PausableConnection {
  destroyed = false;
  isPaused = false;
  hasAsked = false;
  /** Asks for the next thing as soon as it has its answer. */
  isGreedy = true;
  answers = 0;
  readonly user: string;
  /** Of each of its requests. */
  readonly cost: number;
  readonly #server: Server;

  constructor(server: Server, user: string, cost: number) {
    this.#server = server;
    this.user = user;
    this.cost = cost;
  }

  ask(): void {
    this.hasAsked = true;
    if (!this.isPaused) this.#server.readLater(this);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    if (this.hasAsked) this.#server.readLater(this);
  }
}

/** Reads what clients have sent once in a turn of the event loop, as a real one does. Time passes by the requests' work only. */
class Server {
  readonly metrics: Metrics = createMetrics();
  readonly flow: FlowControl;
  now = 0;
  /** The most requests that have waited at once. */
  mostWaiting = 0;
  /** Requests take their room until this is true. */
  isOpen = true;
  #waiting = 0;
  readonly #readable = new Set<Client>();
  readonly #held: (() => void)[] = [];
  #timers: { at: number; callback: () => void }[] = [];

  constructor({ readOnly = 400, leastCost = 0 } = {}) {
    const after = (milliseconds: number, callback: () => void): (() => void) => {
      const timer = { at: this.now + milliseconds, callback };
      this.#timers.push(timer);
      return () => (this.#timers = this.#timers.filter((one) => one !== timer));
    };
    const clock = { ...systemClock, monotonic: () => this.now, after };
    this.flow = createScheduler({
      inFlight: createInFlight({ readOnly, mutating: 200, longRunning: 100 }, this.metrics),
      waiting: { ofUser: 2000, ofAll: 4000 },
      ...{ deadlines: createDeadlines(clock, 15_000), pauses: createDeadlines(clock, 5_000) },
      ...{ metrics: createFlowMetrics(this.metrics), now: () => this.now, sliceMs: 5, leastCost },
    });
  }

  clients(user: string, count: number, cost = 1): Client[] {
    return Array.from({ length: count }, () => new Client(this, user, cost));
  }

  readLater(client: Client): void {
    this.#readable.add(client);
  }

  release(): void {
    this.isOpen = true;
    for (const go of this.#held.splice(0)) go();
  }

  pass(milliseconds: number): void {
    this.now += milliseconds;
    for (const timer of [...this.#timers]) if (timer.at <= this.now) timer.callback();
  }

  /** Turns of the event loop. */
  async turns(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn++) {
      for (const client of [...this.#readable]) {
        this.#readable.delete(client);
        if (!client.isPaused && client.hasAsked) void this.#read(client);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #read(client: Client): Promise<void> {
    client.hasAsked = false;
    const { user } = client;
    const asked = { kind: 'readOnly', user, cost: () => client.cost, onGone: () => () => undefined } as const;
    const entered = this.flow.admit(asked);
    this.mostWaiting = Math.max(this.mostWaiting, ++this.#waiting);
    const leave = entered instanceof Promise ? await entered : entered;
    this.#waiting -= 1;
    this.now += client.cost;
    if (!this.isOpen) await new Promise<void>((resolve) => this.#held.push(resolve));
    leave();
    client.answers += 1;
    this.flow.idle(client, asked);
    if (client.isGreedy) client.ask();
  }
}

const pausedOf = (clients: readonly Client[]): number => clients.filter(({ isPaused }) => isPaused).length;
const answersOf = (clients: readonly Client[]): number => clients.reduce((sum, { answers }) => sum + answers, 0);
const askAll = (clients: readonly Client[]): void => {
  for (const client of clients) client.ask();
};

let server: Server;
beforeEach(() => {
  server = new Server();
});

describe('connections of a user who has much waiting', () => {
  it('are left unread until it is their turn, and all are answered equally often', async () => {
    const noisy = server.clients('noisy', 300);
    askAll(noisy);
    // At first all are read: nobody knows whose they are.
    await server.turns(80);
    expect(pausedOf(noisy)).toBeGreaterThanOrEqual(300 - 32 - 10);
    server.mostWaiting = 0;
    await server.turns(300);
    expect(server.mostWaiting).toBeLessThanOrEqual(32 + 10);
    expect(await server.metrics.text()).toContain(`apiserver_flowcontrol_paused_connections ${pausedOf(noisy)}`);
    const answers = noisy.map((client) => client.answers);
    expect(Math.max(...answers) - Math.min(...answers)).toBeLessThanOrEqual(1);
    // A turn has time for five, and loses none of it.
    expect(answersOf(noisy)).toBeGreaterThanOrEqual(380 * 5 - 5);
  });

  it('are read for what can begin in a turn, so that it need not wait', async () => {
    server = new Server({ leastCost: 32 });
    const users = ['a', 'b', 'c', 'd'].map((user) => server.clients(user, 100));
    for (const clients of users) askAll(clients);
    await server.turns(40);
    const before = users.map(answersOf);
    server.mostWaiting = 0;
    await server.turns(100);
    expect(server.mostWaiting).toBe(1);
    users.forEach((clients, index) => expect(answersOf(clients) - (before[index] ?? 0)).toBe(100 * 8));
    const each = users.flat().map(({ answers }) => answers);
    expect(Math.max(...each) - Math.min(...each)).toBeLessThanOrEqual(2);
  });

  it.each([0, 32])('are shared by users, not by connections (%i may begin in a turn)', async (leastCost) => {
    server = new Server({ leastCost });
    const [many, few] = [server.clients('many', 300), server.clients('few', 40)];
    askAll([...many, ...few]);
    await server.turns(100);
    const before = [answersOf(many), answersOf(few)] as const;
    await server.turns(200);
    const share = (answersOf(few) - before[1]) / (answersOf(many) - before[0]);
    expect(share).toBeGreaterThan(0.95);
    expect(share).toBeLessThan(1.05);
  });

  it.each([0, 32])('are read by what their requests cost (%i may begin in a turn)', async (leastCost) => {
    server = new Server({ leastCost });
    const [gets, lists] = [server.clients('gets', 100), server.clients('lists', 100, 8)];
    askAll([...gets, ...lists]);
    await server.turns(200);
    const before = [answersOf(gets), answersOf(lists)] as const;
    await server.turns(400);
    const share = (8 * (answersOf(lists) - before[1])) / (answersOf(gets) - before[0]);
    expect(share).toBeGreaterThan(0.9);
    expect(share).toBeLessThan(1.1);
  });

  it('are read as soon as there is time, also if nothing comes over most of them', async () => {
    const noisy = server.clients('noisy', 300);
    askAll(noisy);
    await server.turns(20);
    for (const client of noisy) client.isGreedy = false;
    await server.turns(80);
    expect(pausedOf(noisy)).toBe(0);
    expect(noisy.every(({ hasAsked, answers }) => !hasAsked && answers > 0)).toBe(true);
  });

  it('do not stop those of others', async () => {
    const noisy = server.clients('noisy', 300);
    const quiet = server.clients('quiet', 2);
    askAll([...noisy, ...quiet]);
    await server.turns(100);
    expect(pausedOf(noisy)).toBeGreaterThan(200);
    for (let turn = 0; turn < 20; turn++) {
      await server.turns(1);
      expect(pausedOf(quiet)).toBe(0);
    }
    expect(Math.min(...quiet.map(({ answers }) => answers))).toBeGreaterThan(50);
  });

  it('are left unread when many users have a few waiting each, too', async () => {
    const users = Array.from({ length: 50 }, (_, index) => server.clients(`user-${index}`, 10));
    for (const clients of users) askAll(clients);
    await server.turns(150);
    server.mostWaiting = 0;
    await server.turns(150);
    expect(server.mostWaiting).toBeLessThanOrEqual(50 + 10);
    for (const clients of users) for (const { answers } of clients) expect(answers).toBeGreaterThanOrEqual(1);
  });

  it('are read after five seconds in any case', async () => {
    server = new Server({ readOnly: 4 });
    server.isOpen = false;
    const noisy = server.clients('noisy', 100);
    askAll(noisy);
    await server.turns(5);
    const [held] = noisy;
    if (held === undefined) throw new Error('no clients');
    // One of three that have room ends, and the next begins: 96 wait.
    server.release();
    server.isOpen = false;
    await server.turns(5);
    expect(pausedOf(noisy)).toBe(3);
    server.pass(4_990);
    expect(pausedOf(noisy)).toBe(3);
    server.pass(10);
    expect(pausedOf(noisy)).toBe(0);
    await server.turns(2);
    expect(held.hasAsked).toBe(false);
  });

  it('stay closed when their clients have closed them', async () => {
    const noisy = server.clients('noisy', 300);
    askAll(noisy);
    await server.turns(50);
    const paused = noisy.filter(({ isPaused }) => isPaused);
    for (const client of paused) client.destroyed = true;
    for (const client of noisy) client.isGreedy = false;
    await server.turns(100);
    expect(pausedOf(paused)).toBe(paused.length);
    expect(await server.metrics.text()).toContain('apiserver_flowcontrol_paused_connections 0');
  });
});
