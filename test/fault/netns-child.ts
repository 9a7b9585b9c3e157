/**
 * Clients, watches and faults in a network of this machine, as a process in the middle of it that reaches all hosts. Is told by
 * its argument what to do; writes what came of it to a file, and says `done`.
 */
import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEtcd, type EtcdCluster } from '../support/etcd.ts';
import { Network, type NetworkNames } from '../support/network.ts';
import { seeded } from '../support/seeded.ts';
import type { Operation } from './linearizable/history.ts';
import { Server } from './linearizable/server.ts';
import { Trial, type Outcome } from './linearizable/trial.ts';

/** What is cut, again and again. */
export type Cut = 'server' | 'minority' | 'majority' | 'one way';

export interface Task {
  readonly network: NetworkNames;
  readonly program: string;
  readonly cut: Cut;
  readonly seed: number;
  /** So many requests must be answered before something is mended. */
  readonly wanted: number;
  readonly result: string;
}

export interface Result {
  readonly history: readonly Operation[];
  readonly outcome: Outcome;
  readonly cuts: readonly string[];
  /** How many requests were answered while something was cut. */
  readonly done: readonly number[];
}

const names = [0, 1, 2];
const servers = names.map((name) => `s${name}`);
const members = names.map((name) => `m${name}`);
const keys = ['a', 'b', 'c', 'd', 'e'];
const task = JSON.parse(process.argv[2] ?? '') as Task;
const network = new Network(task.network);

async function leaderOf(etcd: EtcdCluster): Promise<string> {
  for (;;) {
    const leader = await etcd.leader().catch(() => undefined);
    if (leader !== undefined) return members[etcd.members.indexOf(leader)] ?? '';
    await sleep(200);
  }
}

/** @returns in words, what it has cut */
async function makeCut(etcd: EtcdCluster, round: number): Promise<string> {
  const leader = await leaderOf(etcd);
  const others = members.filter((name) => name !== leader);
  const [server = '', other = ''] = [servers[round % 3], others[round % 2]];
  switch (task.cut) {
    case 'server':
      await network.part([server], members);
      return `${server} from all members`;
    case 'minority':
      // The leader the first time, and then one that follows.
      await network.part([round === 0 ? leader : other], members);
      return `${round === 0 ? leader : other} from the other members`;
    case 'majority': {
      // Servers are on both sides; most members are with one or two of them.
      const away = servers.filter((name) => (round === 0 ? name === server : name !== server));
      await network.part([leader, ...away], [...others, ...servers.filter((name) => !away.includes(name))]);
      return `${[leader, ...away].join(', ')} from the rest`;
    }
    case 'one way': {
      const ways = [
        () => Promise.all(others.map((name) => network.cut(leader, name))),
        () => Promise.all(others.map((name) => network.cut(name, leader))),
        () => Promise.all(members.map((name) => network.cut(server, name))),
        () => Promise.all(members.map((name) => network.cut(name, server))),
      ];
      await ways[round]?.();
      return (
        `${leader} to others, others to ${leader}, ${server} to members, members to ${server}`.split(', ')[round] ?? ''
      );
    }
  }
}

const flags = ['--heartbeat-interval=50', '--election-timeout=500'];
const etcd = await startEtcd({ members: 3, flags, hosts: members.map((name) => network.host(name)) });
const prefix = '/netns';
const engine = { engine: 'etcd', endpoints: etcd.endpoints, prefix } as const;
const all = servers.map((name, replica) => new Server(replica, task.program, engine, network.host(name)));
await Promise.all(all.map((server) => server.start()));
const common = { servers: all, seed: task.seed, clients: 8, only: 'a' };
const trial = await Trial.begin({ ...common, etcd: { endpoints: etcd.endpoints, prefix } });
const cuts: string[] = [];
const done: number[] = [];
const random = seeded(task.seed);
const history = await trial.load(
  keys,
  0,
  (async () => {
    for (let round = 0; round < (task.cut === 'one way' ? 4 : 2); round++) {
      await sleep(200 + random() * 300);
      cuts.push(await makeCut(etcd, round));
      const before = trial.answered;
      await sleep(500 + random() * 1_000);
      // Those that can go on do; on a busy machine it takes them longer.
      for (let patience = 600; trial.answered - before < task.wanted && patience > 0; patience--) await sleep(50);
      done.push(trial.answered - before);
      await network.mend();
    }
    await sleep(500);
  })(),
);
const result: Result = { history, outcome: await trial.end(), cuts, done };
await writeFile(task.result, JSON.stringify(result));
await Promise.all(all.map((server) => server.kill()));
await etcd.stop();
process.stdout.write('done\n');
process.exit(0);
