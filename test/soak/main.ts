/**
 * Three servers on three members of etcd, or one server on lowdb, with clients and watches, and faults until the time is over:
 *
 *   npm run soak -- --minutes 20 --seed 7      anything: kills, pauses, other leaders of etcd
 *   npm run soak -- --kills 200                kill -9 only: a third of them with lowdb
 *
 * Prints what was acknowledged and what is stored, and fails if they differ, or if a watch broke what is promised of watches.
 * Needs etcd with its etcdctl, Go, and a Node.js that runs TypeScript (22.18 or later).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildJudge, type Judge, type Operation } from '../fault/linearizable/history.ts';
import { Server } from '../fault/linearizable/server.ts';
import { Trial, type Outcome } from '../fault/linearizable/trial.ts';
import { buildChild } from '../fault/storage-program.ts';
import { startEtcd, type EtcdCluster } from '../support/etcd.ts';
import { seeded } from '../support/seeded.ts';
import { faultsOf, type Faults } from './faults.ts';

/** Every so often clients turn to other objects, so that judging what they saw stays cheap. */
const turnMs = 20_000;
/** The object that one of the watches asks for. All clients write it all the time; so nobody judges its order. */
const only = 'kept';

const say = (text: string): void => void process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

interface Run {
  readonly title: string;
  readonly seed: number;
  readonly program: string;
  readonly judge: Judge;
  /** Goes on until this says so; is told how many faults there were. */
  readonly isOver: (faults: number) => boolean;
  readonly next: (faults: Faults) => Promise<string>;
}

interface Place {
  readonly servers: readonly Server[];
  readonly etcd?: { readonly cluster: EtcdCluster; readonly prefix: string };
}

/** @returns what is wrong */
async function run({ title, seed, judge, isOver, next }: Run, { servers, etcd }: Place): Promise<readonly string[]> {
  await Promise.all(servers.map((server) => server.start()));
  const random = seeded(seed);
  const storage = etcd === undefined ? {} : { etcd: { endpoints: etcd.cluster.endpoints, prefix: etcd.prefix } };
  const trial = await Trial.begin({ servers, seed, clients: 6, only, ...storage });
  const faults = faultsOf({ random, servers, ...(etcd === undefined ? {} : { etcd: etcd.cluster }) });
  const counts = new Map<string, number>();
  let count = 0;
  const until = async (end: number): Promise<void> => {
    while (performance.now() < end && !isOver(count)) {
      await sleep(100 + random() * 1_500);
      const name = await next(faults);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      count++;
    }
  };
  const wrong: string[] = [];
  const judging: Promise<unknown>[] = [];
  for (let turn = 0; !isOver(count); turn++) {
    const keys = [only, ...['a', 'b', 'c', 'd', 'e'].map((name) => `${name}-${turn}`)];
    const history = await trial.load(keys, turn, until(performance.now() + turnMs));
    judging.push(judged(judge, history, wrong));
    say(`${title}: turn ${turn}, ${history.length} requests, ${count} faults${wrong.length === 0 ? '' : ', NOT GOOD'}`);
  }
  const outcome = await trial.end();
  await Promise.all(judging);
  await Promise.all(servers.map((server) => server.kill()));
  return [...wrong, ...report(title, outcome, counts)];
}

async function judged(judge: Judge, history: readonly Operation[], wrong: string[]): Promise<void> {
  const { result, picture } = await judge.judge(history.filter(({ key }) => key !== only));
  if (result !== 'Ok') wrong.push(`no order explains what clients saw (${result}): ${picture}`);
}

/** @returns what is wrong */
function report(title: string, outcome: Outcome, counts: ReadonlyMap<string, number>): readonly string[] {
  const { requests, writes, broken, problems, watched } = outcome;
  const { acknowledged, lost, duplicated, reordered, appeared } = writes;
  const [done, refused, unknown] = [requests.done, requests.refused, requests.unknown];
  say(`${title}: faults: ${[...counts].map(([name, times]) => `${times} ${name}`).join(', ')}`);
  say(`${title}: requests: ${done} done, ${refused} refused, ${unknown} with an unknown outcome`);
  say(
    `${title}: ${acknowledged} acknowledged writes: ${lost.length} lost, ${duplicated.length} duplicated, ` +
      `${reordered.length} reordered; ${appeared.length} stored although refused`,
  );
  say(
    `${title}: watches: ${Object.entries(watched)
      .map(([name, value]) => `${value} ${name}`)
      .join(', ')}`,
  );
  say(
    `${title}: broken guarantees: ${Object.entries(broken)
      .map(([name, all]) => `${name} ${all.length}`)
      .join(', ')}`,
  );
  const named = Object.entries(broken).flatMap(([name, all]) => all.map((text) => `${name}: ${text}`));
  return [...problems, ...lost, ...duplicated, ...reordered, ...appeared, ...named];
}

async function onEtcd(options: Run): Promise<readonly string[]> {
  const cluster = await startEtcd({ members: 3, flags: ['--heartbeat-interval=50', '--election-timeout=500'] });
  const prefix = '/soak';
  const engine = { engine: 'etcd', endpoints: cluster.endpoints, prefix } as const;
  const servers = [0, 1, 2].map((replica) => new Server(replica, options.program, engine));
  try {
    return await run(options, { servers, etcd: { cluster, prefix } });
  } finally {
    await cluster.stop();
  }
}

async function onLowdb(options: Run): Promise<readonly string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'kubedirector-soak-'));
  try {
    return await run(options, { servers: [new Server(0, options.program, { engine: 'lowdb', directory })] });
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { minutes: { type: 'string' }, kills: { type: 'string' }, seed: { type: 'string', default: '1' } },
  });
  const [minutes, kills, seed] = [values.minutes ?? 20, values.kills ?? 0, values.seed].map(Number) as [
    number,
    number,
    number,
  ];
  if (!(minutes > 0) || !(kills >= 0) || !Number.isInteger(seed))
    throw new Error('--minutes, --kills and --seed take numbers');
  say(`seed ${seed}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node.js ${process.version}`);
  const program = await buildChild('linearizable/server-child.ts');
  const judge = await buildJudge();
  const common = { seed, program, judge };
  const wrong: string[] = [];
  if (values.kills === undefined) {
    const end = performance.now() + minutes * 60_000;
    const isOver = (): boolean => performance.now() >= end;
    wrong.push(...(await onEtcd({ ...common, title: 'etcd', isOver, next: (faults) => faults.one() })));
  } else {
    const third = Math.round(kills / 3);
    const upTo = (count: number) => ({
      isOver: (done: number) => done >= count,
      next: (faults: Faults) => faults.kill(),
    });
    wrong.push(...(await onLowdb({ ...common, title: 'lowdb', ...upTo(third) })));
    wrong.push(...(await onEtcd({ ...common, title: 'etcd', ...upTo(kills - third) })));
  }
  await judge.stop();
  await rm(dirname(program), { recursive: true });
  for (const text of wrong.slice(0, 50)) say(`WRONG: ${text}`);
  say(wrong.length === 0 ? 'nothing is wrong' : `${wrong.length} things are wrong`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

await main();
