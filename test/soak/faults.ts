/** What happens to servers and to members of etcd while clients ask. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from '../fault/linearizable/server.ts';
import type { EtcdCluster, EtcdMember } from '../support/etcd.ts';

export interface Faults {
  /** One of them, chosen at random; resolves when it is over. @returns its name */
  one(): Promise<string>;
  /** kill -9 of one process at a random moment, and its start. @returns its name */
  kill(): Promise<string>;
}

export interface Exposed {
  readonly random: () => number;
  readonly servers: readonly Server[];
  readonly etcd?: EtcdCluster;
}

export function faultsOf({ random, servers, etcd }: Exposed): Faults {
  const between = (from: number, to: number): Promise<void> => sleep(from + random() * (to - from));
  const choose = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const members = etcd?.members ?? [];

  /** The leader as often as all others together. */
  async function member(): Promise<EtcdMember> {
    return (random() < 0.5 ? await etcd?.leader().catch(() => undefined) : undefined) ?? choose(members);
  }
  async function killServer(server = choose(servers)): Promise<void> {
    await server.kill();
    await between(0, 1_500);
    await server.start();
  }
  async function pauseServer(server = choose(servers)): Promise<void> {
    server.signal('SIGSTOP');
    await between(300, 5_000);
    server.signal('SIGCONT');
  }
  async function killMember(killed?: EtcdMember): Promise<void> {
    const one = killed ?? (await member());
    await one.kill();
    await between(200, 3_000);
    one.start();
  }
  async function pauseMember(): Promise<void> {
    const one = await member();
    one.pause();
    await between(300, 4_000);
    one.resume();
  }

  const ofServers = {
    'servers killed': () => killServer(),
    'servers paused': () => pauseServer(),
    'all servers killed': () => Promise.all(servers.map((server) => killServer(server))),
  };
  const ofEtcd = {
    'members killed': () => killMember(),
    'members paused': () => pauseMember(),
    // Right after a failure there may be no leader to move.
    'leader moved': () => etcd?.moveLeader().catch(() => undefined),
    'most members killed': () => Promise.all(members.slice(1).map((one) => killMember(one))),
    'all members killed': () => Promise.all(members.map((one) => killMember(one))),
    'server and member killed': () => Promise.all([killServer(), killMember()]),
    'server and member paused': () => Promise.all([pauseServer(), pauseMember()]),
  };
  const all: Readonly<Record<string, () => unknown>> = etcd === undefined ? ofServers : { ...ofServers, ...ofEtcd };
  const kills = Object.keys(all).filter((name) => /^(servers|members|server and member) killed$/.test(name));
  const run = async (name: string): Promise<string> => {
    await all[name]?.();
    return name;
  };
  return { one: () => run(choose(Object.keys(all))), kill: () => run(choose(kills)) };
}
