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
import { etcdBinary, noEtcd, startEtcd, type EtcdCluster, type EtcdMember } from '../support/etcd.ts';
import { seeded } from '../support/seeded.ts';
import type { Told, Watched } from './linearizable/follower.ts';
import { buildJudge, type Judge, type Operation } from './linearizable/history.ts';
import type { Engine } from './linearizable/server-child.ts';
import { Server } from './linearizable/server.ts';
import { Trial } from './linearizable/trial.ts';
import { brokenGuarantees, guaranteeNames } from './linearizable/watch-guarantees.ts';
import { compareWrites } from './linearizable/writes.ts';
import { buildChild } from './storage-program.ts';

const keys = ['a', 'b', 'c', 'd', 'e'];
const seed = Number(process.env['SEED'] ?? 1);
const go = spawnSync('go', ['version']).status === 0 ? '' : 'Go is not on the PATH';

interface Tried {
  readonly servers: readonly Server[];
  readonly etcd?: { readonly endpoints: readonly string[]; readonly prefix: string };
  /** Things that happen, one after the other, while clients ask. */
  readonly faults: (random: () => number) => Promise<void>;
}

let judge: Judge;
let program: string;

/** @throws AssertionError if no order explains what the clients saw, or a watch broke what is promised of watches */
async function tried({ servers, etcd, faults }: Tried): Promise<void> {
  const common = { servers, seed, clients: 8, only: 'a' };
  const trial = await Trial.begin(etcd === undefined ? common : { ...common, etcd });
  /** On a busy machine, little is answered between the faults. */
  const during = async (): Promise<void> => {
    await faults(seeded(seed));
    await expect.poll(() => trial.answered, { timeout: 60_000 }).toBeGreaterThan(50);
  };
  const history = await trial.load(keys, 0, during());
  const { requests, writes, broken, problems, watched } = await trial.end();
  expect(problems, `seed ${seed}`).toEqual([]);
  const { lost, duplicated, reordered, appeared } = writes;
  expect({ lost, duplicated, reordered, appeared }).toEqual({ lost: [], duplicated: [], reordered: [], appeared: [] });
  expect(broken, `seed ${seed}`).toEqual(Object.fromEntries(guaranteeNames.map((name) => [name, []])));
  const judgement = await judge.judge(history);
  expect(judgement, `seed ${seed}`).toMatchObject({ result: 'Ok', operations: history.length });
  expect(requests.done).toBeGreaterThan(50);
  // A watch of a single server ends with it, before there is a bookmark.
  if (servers.length === 1) return;
  expect(watched.bookmarks).toBeGreaterThan(0);
  expect(watched.moves).toBeGreaterThan(0);
}

describe('a watch that breaks what is promised of watches', () => {
  const stored = [
    { key: 'a', version: 1, value: 'v1', previous: '' },
    { key: 'b', version: 2, value: 'v2', previous: '' },
    { key: 'c', version: 2, value: 'v3', previous: '' },
    { key: 'a', version: 3, value: '', previous: 'v1' },
  ];
  const told = (events: string): Told[] =>
    events.split(' ').map((text) => {
      const [type = '', key = '', version, value = '', connection] = text.split('/');
      const types = { A: 'ADDED', M: 'MODIFIED', D: 'DELETED', B: 'BOOKMARK' } as const;
      if (!(type in types)) throw new Error(`there is no type ${type}`);
      const known = types[type as keyof typeof types];
      return { type: known, key, version: Number(version), value, connection: Number(connection) };
    });
  const whole = 'A/a/1/v1/0 A/b/2/v2/0 A/c/2/v3/0 B//2//0 D/a/3/v1/1';
  const watch = (events: string, only?: string): Watched => ({
    only,
    told: told(events),
    connections: [
      { replica: 0, from: 0 },
      { replica: 1, from: 2 },
    ],
  });
  const brokenIn = (watched: Watched): string[] =>
    Object.entries(brokenGuarantees(watched, stored)).flatMap(([name, all]) => (all.length > 0 ? [name] : []));

  it('is told from one that keeps it', () => {
    expect(brokenIn(watch(whole))).toEqual([]);
  });

  it.each([
    ['filterable', watch('A/a/1/v1/0 A/b/2/v2/0 D/a/3/v1/0', 'a')],
    ['ordered', watch('A/b/2/v2/0 A/c/2/v3/0 A/a/1/v1/0 D/a/3/v1/1')],
    ['unique', watch('A/a/1/v1/0 A/b/2/v2/0 A/c/2/v3/0 A/c/2/v3/1 D/a/3/v1/1')],
    ['atomic', watch('A/a/1/v1/0 A/b/2/v2/0 A/c/2/v3/1 D/a/3/v1/1')],
    ['reliable', watch('A/a/1/v1/0 D/a/3/v1/1')],
    ['reliable', watch('A/a/1/v1/0 A/b/2/v9/0 A/c/2/v3/0 D/a/3/v1/1')],
    ['resumable', watch('A/a/1/v1/0 A/b/2/v2/0 A/c/2/v3/0 A/a/1/v1/1 D/a/3/v1/1')],
    ['bookmarkable', watch('A/a/1/v1/0 B//2//0 A/b/2/v2/0 A/c/2/v3/0 D/a/3/v1/1')],
    ['bookmarkable', watch('A/a/1/v1/0 A/b/2/v2/0 B//2//0')],
    ['previous', watch('A/a/1/v1/0 A/b/2/v2/0 A/c/2/v3/0 D/a/3/v0/1')],
    ['creating', watch('A/a/1/v1/0 M/b/2/v2/0 A/c/2/v3/0 D/a/3/v1/1')],
  ])('is found out: %s', (name, watched) => {
    expect(brokenIn(watched)).toContain(name);
  });

  it('is not confused with writes that were lost, doubled, put in another order, or stored although they were refused', () => {
    const write = { client: 1, op: 'create', key: 'a', outcome: 'done' } as const;
    const first = { ...write, call: 1, return: 2, value: 'v1', version: '1' };
    const second = { ...write, key: 'b', call: 3, return: 4, value: 'v2', version: '2' };
    const counts = (history: readonly Operation[], changes = stored): object => {
      const { lost, duplicated, reordered, appeared } = compareWrites(history, changes);
      return [lost.length, duplicated.length, reordered.length, appeared.length];
    };
    expect(counts([first, second])).toEqual([0, 0, 0, 0]);
    expect(counts([first, { ...second, value: 'v7' }])).toEqual([1, 0, 0, 0]);
    expect(counts([{ ...first, op: 'delete', expected: 'v2' }])).toEqual([1, 0, 0, 0]);
    expect(counts([first], [...stored, { key: 'a', version: 4, value: 'v1', previous: '' }])).toEqual([1, 1, 0, 0]);
    expect(counts([{ ...first, call: 5, return: 6 }, second])).toEqual([0, 0, 1, 0]);
    expect(counts([{ ...first, outcome: 'refused' }])).toEqual([0, 0, 0, 1]);
  });
});

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
    const server = new Server(0, program, { engine: 'lowdb', directory });
    await server.start();
    await tried({
      servers: [server],
      async faults(random) {
        for (let round = 0; round < 6; round++) {
          await sleep(200 + random() * 600);
          await server.kill();
          await server.start();
        }
        await sleep(500);
      },
    });
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
    /** @param clocks of each server: by how much its wall clock is wrong, see Engine */
    const start = async (clocks: readonly (readonly number[])[] = [[], [], []]): Promise<void> => {
      prefixes += 1;
      const engine: Engine = { engine: 'etcd', endpoints: etcd.endpoints, prefix: `/linearizable-${prefixes}` };
      servers = clocks.map((wallClockMs, replica) => new Server(replica, program, { ...engine, wallClockMs }));
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
      await tried({
        servers,
        etcd: { endpoints: etcd.endpoints, prefix: `/linearizable-${prefixes}` },
        async faults(random) {
          for (let round = 0; round < 6; round++) {
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
      await stop();
    });

    it('are in one order when members of etcd are killed and stand still', { timeout: 180_000 }, async () => {
      await start();
      await tried({
        servers,
        etcd: { endpoints: etcd.endpoints, prefix: `/linearizable-${prefixes}` },
        async faults(random) {
          for (let round = 0; round < 6; round++) {
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
      await stop();
    });

    it(
      'are in one order when wall clocks differ by hours and jump, forward and back',
      { timeout: 180_000 },
      async () => {
        const hour = 3_600_000;
        await start([
          [0, 5 * hour, -26 * hour, 0],
          [-3 * hour, 0, 400 * 24 * hour, -3 * hour],
          [9 * hour, 9 * hour - 30_000, 0, -hour],
        ]);
        await tried({
          servers,
          etcd: { endpoints: etcd.endpoints, prefix: `/linearizable-${prefixes}` },
          async faults(random) {
            for (let round = 0; round < 9; round++) {
              await sleep(200 + random() * 600);
              servers[round % 3]?.signal('SIGUSR2');
            }
            await sleep(500);
          },
        });
        await stop();
      },
    );
  });
});
