/**
 * Clients of several servers on one store see one order of all requests about an object, whatever fails meanwhile, and
 * watches tell every change once and in order. The seed of a run that fails repeats its choices: SEED=7 npx vitest …
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { widgetsPath } from '../support/api.ts';
import { etcdBinary, noEtcd, startEtcd, type EtcdCluster, type EtcdMember } from '../support/etcd.ts';
import { seeded } from '../support/seeded.ts';
import { runClient } from './linearizable/clients.ts';
import { follow } from './linearizable/follower.ts';
import { buildJudge, type Judge, type Operation } from './linearizable/history.ts';
import type { Engine } from './linearizable/server-child.ts';
import { buildChild, runChild, type Run } from './storage-program.ts';

const keys = ['a', 'b', 'c', 'd', 'e'];
const clients = 8;
const seed = Number(process.env['SEED'] ?? 1);
const go = spawnSync('go', ['version']).status === 0 ? '' : 'Go is not on the PATH';

class Server {
  readonly #program: string;
  readonly #engine: Engine;
  #run: Run | undefined;
  /** '' while it is away. */
  url = '';

  constructor(program: string, engine: Engine) {
    this.#program = program;
    this.#engine = engine;
  }

  async start(): Promise<void> {
    const run = runChild(this.#program, JSON.stringify(this.#engine));
    this.#run = run;
    await run.waitFor('port ');
    this.url = `http://127.0.0.1:${/port (\d+)/.exec(run.said())?.[1] ?? ''}`;
  }

  async kill(): Promise<void> {
    this.url = '';
    await this.#run?.kill();
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    process.kill(this.#run?.pid ?? 0, name);
  }
}

interface Trial {
  readonly servers: readonly Server[];
  /** Things that happen, one after the other, while clients ask. */
  readonly faults: (random: () => number) => Promise<void>;
}

let judge: Judge;
let program: string;

/** @throws AssertionError if no order explains what the clients saw, or a watch told something else */
async function tried({ servers, faults }: Trial): Promise<Readonly<Record<Operation['outcome'], number>>> {
  const random = seeded(seed);
  const history: Operation[] = [];
  const any = (choose: () => number) => () => {
    const up = servers.filter(({ url }) => url !== '');
    return up[Math.floor(choose() * up.length)]?.url ?? '';
  };
  const listed = await fetch(`${servers[0]?.url ?? ''}${widgetsPath}`, { headers: { 'x-user': 'admin' } });
  const { metadata } = (await listed.json()) as { metadata: { resourceVersion: string } };
  const followers = [any(seeded(seed + 1)), any(seeded(seed + 2)), () => servers[0]?.url ?? ''].map((url) =>
    follow(url, metadata.resourceVersion),
  );
  let isOver = false;
  const now = (): number => Math.round(performance.now() * 1e6);
  const running = Array.from({ length: clients }, (_, client) => {
    const own = seeded(seed * 1_000 + client);
    const options = { client, keys, random: own, url: any(own), now, over: () => isOver };
    return runClient(options, history);
  });
  await faults(random);
  isOver = true;
  await Promise.all(running);
  const events = await settled(followers.map((follower) => follower.events));
  for (const follower of followers) {
    expect(follower.failure).toBeUndefined();
    expect(follower.events).toEqual(events);
    await follower.stop();
  }
  const versions = events.map((event) => Number(event.split('@')[1]));
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  const told = new Set(events.map((event) => event.slice(event.indexOf(' ') + 1)));
  for (const { op, outcome, key, version } of history) {
    if (outcome === 'done' && version !== undefined && op !== 'get') expect(told).toContain(`${key}@${version}`);
  }
  const judgement = await judge.judge(history);
  expect(judgement, `seed ${seed}`).toMatchObject({ result: 'Ok', operations: history.length });
  const count = (wanted: Operation['outcome']): number => history.filter(({ outcome }) => outcome === wanted).length;
  return { done: count('done'), refused: count('refused'), unknown: count('unknown') };
}

/** Resolves when all lists are the same and do not grow any more; at the latest when that has taken too long. */
async function settled(lists: readonly (readonly string[])[]): Promise<readonly string[]> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const lengths = lists.map(({ length }) => length).join();
    await sleep(300);
    const [first = [], ...others] = lists;
    if (lengths === lists.map(({ length }) => length).join() && others.every((one) => one.length === first.length))
      break;
  }
  return lists[0] ?? [];
}

describe.skipIf(go !== '')(`requests about an object${go === '' ? '' : ` (skipped: ${go})`}`, () => {
  beforeAll(async () => {
    judge = await buildJudge();
    program = await buildChild('linearizable/server-child.ts');
  }, 120_000);
  afterAll(async () => {
    await judge.stop();
    await rm(dirname(program), { recursive: true });
  });

  it('are found out if they cannot be explained', async () => {
    const made = { client: 1, call: 1, return: 2, op: 'create', key: 'a', value: '1', outcome: 'done' } as const;
    const lost = { client: 2, call: 3, return: 4, op: 'get', key: 'a', outcome: 'done', found: '' } as const;
    expect((await judge.judge([made, lost])).result).toBe('Illegal');
    expect((await judge.judge([{ ...made, outcome: 'unknown' }, lost])).result).toBe('Ok');
  });

  it('are in one order on lowdb, however often the server is killed', { timeout: 120_000 }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kd-linearizable-'));
    const server = new Server(program, { engine: 'lowdb', directory });
    await server.start();
    const counts = await tried({
      servers: [server],
      async faults(random) {
        for (let round = 0; round < 10; round++) {
          await sleep(200 + random() * 600);
          await server.kill();
          await server.start();
        }
        await sleep(500);
      },
    });
    expect(counts.done).toBeGreaterThan(50);
    await server.kill();
    await rm(directory, { recursive: true });
  });

  describe.skipIf(etcdBinary === undefined)(etcdBinary === undefined ? `on etcd (${noEtcd})` : 'on etcd', () => {
    let etcd: EtcdCluster;
    let servers: Server[];
    let prefixes = 0;
    beforeAll(async () => {
      etcd = await startEtcd({ members: 3, flags: ['--heartbeat-interval=50', '--election-timeout=500'] });
    });
    afterAll(() => etcd.stop());
    const start = async (): Promise<void> => {
      prefixes += 1;
      const engine: Engine = { engine: 'etcd', endpoints: etcd.endpoints, prefix: `/linearizable-${prefixes}` };
      servers = Array.from({ length: 3 }, () => new Server(program, engine));
      await Promise.all(servers.map((server) => server.start()));
    };
    const stop = async (): Promise<void> => {
      await Promise.all(servers.map((server) => server.kill()));
    };
    /** Right after a failure no member may lead yet. */
    const leader = async (): Promise<EtcdMember> => {
      for (;;) {
        try {
          return await etcd.leader();
        } catch {
          await sleep(200);
        }
      }
    };
    const one = <T>(of: readonly T[], random: () => number): T => of[Math.floor(random() * of.length)] as T;

    it('are in one order when servers are killed and stand still', { timeout: 180_000 }, async () => {
      await start();
      const counts = await tried({
        servers,
        async faults(random) {
          for (let round = 0; round < 10; round++) {
            const server = one(servers, random);
            await sleep(300 + random() * 500);
            if (random() < 0.5) {
              await server.kill();
              await server.start();
            } else {
              server.signal('SIGSTOP');
              await sleep(500 + random() * 1_500);
              server.signal('SIGCONT');
            }
          }
          await sleep(500);
        },
      });
      expect(counts.done).toBeGreaterThan(50);
      await stop();
    });

    it('are in one order when members of etcd are killed and stand still', { timeout: 180_000 }, async () => {
      await start();
      const counts = await tried({
        servers,
        async faults(random) {
          for (let round = 0; round < 8; round++) {
            const member = random() < 0.5 ? await leader() : one(etcd.members, random);
            await sleep(300 + random() * 500);
            if (random() < 0.5) {
              await member.kill();
              await sleep(300 + random() * 1_000);
              member.start();
            } else {
              member.pause();
              await sleep(500 + random() * 1_500);
              member.resume();
            }
            await leader();
          }
          await sleep(1_000);
        },
      });
      expect(counts.done).toBeGreaterThan(50);
      await stop();
    });
  });
});
