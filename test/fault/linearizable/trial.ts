/** Clients and watches of several servers, and a comparison of what they were told with what is stored. */
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { openEtcdStore } from '../../../src/storage/etcd/index.ts';
import { widget, widgetsPath } from '../../support/api.ts';
import { seeded } from '../../support/seeded.ts';
import { EtcdLoad } from '../etcd-load.ts';
import { runClient } from './clients.ts';
import { follow, type Follower } from './follower.ts';
import type { Operation } from './history.ts';
import { anyOf, type Server } from './server.ts';
import { followStored, storedBy, type StoredChanges } from './stored.ts';
import { brokenGuarantees, guaranteeNames, moves, type Broken } from './watch-guarantees.ts';
import { compareWrites, type WriteCounts } from './writes.ts';

interface Options {
  readonly servers: readonly Server[];
  readonly seed: number;
  readonly clients: number;
  /** The storage, if it is etcd. */
  readonly etcd?: { readonly endpoints: readonly string[]; readonly prefix: string };
  /** What one of the watches asks for; the others ask for all. */
  readonly only: string;
}

export interface Outcome {
  readonly requests: Readonly<Record<Operation['outcome'], number>>;
  readonly writes: WriteCounts;
  /** Of all watches. */
  readonly broken: Broken;
  /** Everything else that is wrong. */
  readonly problems: readonly string[];
  readonly watched: Readonly<Record<'watches' | 'events' | 'bookmarks' | 'connections' | 'moves' | 'pairs', number>>;
}

const marker = 'the-last-one';
const patienceMs = 120_000;

export class Trial {
  readonly #options: Options;
  readonly #history: Operation[] = [];
  #current: readonly Operation[] = [];
  #followers: readonly Follower[] = [];
  #stored: StoredChanges | undefined;
  #pairs: { readonly load: EtcdLoad; close(): Promise<void> } | undefined;

  private constructor(options: Options) {
    this.#options = options;
  }

  /** Begins the watches: some that choose another server each time, one that stays, and one of a single object. */
  static async begin(options: Options): Promise<Trial> {
    const trial = new Trial(options);
    const { servers, seed, etcd, only } = options;
    // An empty store has version 0, and a watch from there begins with all objects there are, in any order.
    const { resourceVersion } = await made(servers[0]?.url ?? '', widget('the-first-one', {}));
    if (etcd !== undefined) {
      trial.#stored = followStored(etcd.endpoints, etcd.prefix, Number(resourceVersion));
      trial.#pairs = await startPairs(etcd);
    }
    const wandering = [1, 2].map((turn) => follow(anyOf(servers, seeded(seed + turn)), resourceVersion));
    const staying = follow(
      anyOf(servers.slice(0, 1), () => 0),
      resourceVersion,
    );
    const filtered = follow(anyOf(servers, seeded(seed + 3)), resourceVersion, only);
    trial.#followers = [staying, ...wandering, filtered];
    return trial;
  }

  /** Clients ask about these objects until the promise is settled. @returns what they asked, and got */
  async load(keys: readonly string[], turn: number, during: Promise<void>): Promise<readonly Operation[]> {
    const { servers, seed, clients } = this.#options;
    const history: Operation[] = [];
    this.#current = history;
    let isOver = false;
    const running = Array.from({ length: clients }, (_, client) => {
      const random = seeded((seed * 1_000 + turn) * 1_000 + client);
      const now = (): number => Math.round(performance.now() * 1e6);
      const url = anyOf(servers, random);
      const options = { client, keys, random, now, url: () => url()?.url ?? '', over: () => isOver };
      return runClient(options, history);
    });
    try {
      await during;
    } finally {
      isOver = true;
      await Promise.all(running);
    }
    // Not by push(...history): that is limited by the stack.
    for (const one of history) this.#history.push(one);
    return history;
  }

  /** How many requests were carried out, in the load that is going on. */
  get answered(): number {
    return this.#current.filter(({ outcome }) => outcome === 'done').length;
  }

  /** Ends everything but the servers, and compares. */
  async end(): Promise<Outcome> {
    const problems: string[] = [];
    const version = await this.#mark();
    const isDone = (follower: Follower): boolean => (follower.told.at(-1)?.version ?? 0) >= version;
    const deadline = performance.now() + patienceMs;
    const late = (): boolean => this.#followers.some((one) => !isDone(one)) || this.#lacks(version);
    while (late() && performance.now() < deadline) await sleep(100);
    for (const [index, follower] of this.#followers.entries()) {
      if (follower.failure !== undefined) problems.push(`watch ${index} ended: ${follower.failure}`);
      else if (!isDone(follower)) problems.push(`watch ${index} came to ${follower.told.at(-1)?.version ?? 0} only`);
      await follower.stop();
    }
    if (this.#lacks(version)) problems.push('etcdctl did not show the last change');
    await this.#stored?.stop();
    problems.push(...((await this.#pairs?.load.problems()) ?? []));
    const stored = this.#stored?.changes ?? storedBy(this.#followers[0]?.told ?? []);
    const found = this.#followers.map((follower) => brokenGuarantees(follower, stored));
    const broken = guaranteeNames.map((name) => {
      const texts = found.flatMap((one, index) => (one[name] ?? []).map((text) => `watch ${index}: ${text}`));
      return [name, texts] as const;
    });
    const count = (wanted: Operation['outcome']): number =>
      this.#history.filter(({ outcome }) => outcome === wanted).length;
    await this.#pairs?.close();
    return {
      requests: { done: count('done'), refused: count('refused'), unknown: count('unknown') },
      writes: compareWrites(this.#history, stored),
      broken: Object.fromEntries(broken),
      problems,
      watched: this.#watched(),
    };
  }

  #watched(): Outcome['watched'] {
    const sum = (of: (one: Follower) => number): number => this.#followers.reduce((all, one) => all + of(one), 0);
    return {
      watches: this.#followers.length,
      events: sum(({ told }) => told.filter(({ type }) => type !== 'BOOKMARK').length),
      bookmarks: sum(({ told }) => told.filter(({ type }) => type === 'BOOKMARK').length),
      connections: sum(({ connections }) => connections.length),
      moves: sum(moves),
      pairs: this.#pairs?.load.acknowledged ?? 0,
    };
  }

  #lacks(version: number): boolean {
    return this.#stored !== undefined && (this.#stored.changes.at(-1)?.version ?? 0) < version;
  }

  /** Writes something that every watch must show in the end. @returns its version */
  async #mark(): Promise<number> {
    const { servers, only } = this.#options;
    const server = anyOf(servers, () => 0);
    for (let turn = 0; ; turn++) {
      // A finished write of the object that one watch asks for, and of nothing that clients wrote.
      const { url = '' } = server() ?? {};
      await fetch(`${url}${widgetsPath}/${only}`, { method: 'DELETE', headers: { 'x-user': 'admin' } }).catch(
        () => undefined,
      );
      const color = `${marker}-${turn}`;
      const metadata = await made(url, widget(only, { spec: { color } })).catch(() => undefined);
      if (metadata !== undefined) return Number(metadata.resourceVersion);
      await sleep(200);
    }
  }
}

/** @throws Error if it was not created */
async function made(url: string, object: object): Promise<{ readonly resourceVersion: string }> {
  const answer = await fetch(`${url}${widgetsPath}`, {
    method: 'POST',
    headers: { 'x-user': 'admin', 'content-type': 'application/json' },
    body: JSON.stringify(object),
  });
  if (answer.status !== 201) throw new Error(`it was not created: ${answer.status}`);
  return ((await answer.json()) as { metadata: { resourceVersion: string } }).metadata;
}

/** Two keys in each commit, by an engine of its own, as another replica would write them. */
async function startPairs(etcd: NonNullable<Options['etcd']>): Promise<{ load: EtcdLoad; close(): Promise<void> }> {
  const store = await openEtcdStore({
    ...{ ...etcd, endpoints: [...etcd.endpoints], clock: systemClock, logger: silentLogger, random: Math.random },
    pace: { silentMs: 500, probeMs: { well: 500, unavailable: 100 }, requestMs: 2_000, noMemberMs: 500 },
  });
  const load = new EtcdLoad(store, await store.barrier(), { writers: 2, pauseMs: 50 });
  return { load, close: () => store.close() };
}
