import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type Shown } from '../e2e/support/cluster.ts';
import { group } from '../e2e/support/samples.ts';
import { memoryLimit, startExample, type Example, type Member } from './support/example.ts';

let cassandra: Example;
/** The first two letters of the ring's lines: Up or Down, Normal, Joining, Leaving or Moving. */
const ring = async (member: Member): Promise<readonly string[]> =>
  (await cassandra.inside(member, 'nodetool status')).match(/^[UD?][NJLM](?= )/gm) ?? [];
/** Waits until the member also answers queries, which takes a little longer. */
const untilNormal = (member: Member, count: number): Promise<unknown> =>
  eventually(
    `${count} nodes that are up and normal, as ${member.pod} sees it`,
    async () => {
      const states = await ring(member);
      const areNormal = states.length === count && states.every((state) => state === 'UN');
      if (areNormal) return (await query(member, 'DESCRIBE CLUSTER')) !== '';
      throw new Error(`the ring is ${states.join(' ')}`);
    },
    200_000,
  );
const hostIDs = async (member: Member): Promise<readonly string[]> =>
  (
    (await cassandra.inside(member, 'nodetool status')).match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? []
  ).toSorted();
const query = (member: Member, statement: string): Promise<string> =>
  cassandra.inside(member, `cqlsh --request-timeout=30 "$HOSTNAME" -e "${statement}"`);
const insert = (member: Member, id: number): Promise<string> =>
  query(member, `CONSISTENCY QUORUM; INSERT INTO shop.orders (id, item) VALUES (${id}, 'item ${id}')`);
const itemsAt = async (member: Member): Promise<readonly string[]> =>
  ((await query(member, 'CONSISTENCY QUORUM; SELECT item FROM shop.orders')).match(/item \d+/g) ?? []).toSorted();

const containers = (): Promise<readonly string[]> => cassandra.containers('seed');
/** Writes to one member after the other, as a client with a list of them does. */
function startWrites(firstID: number): { stop(): Promise<readonly string[]> } {
  const state = { isOver: false };
  const acknowledged: string[] = [];
  const run = async (): Promise<void> => {
    for (let id = firstID; !state.isOver; id++) {
      const seeds = await cassandra.members('seed');
      const seed = seeds[id % seeds.length];
      if (seed === undefined) continue;
      // A member that is away, or coming up, refuses: what it has not acknowledged need not be there.
      await insert(seed, id).then(
        () => acknowledged.push(`item ${id}`),
        () => undefined,
      );
    }
  };
  const running = run();
  return {
    async stop() {
      state.isOver = true;
      await running;
      return acknowledged;
    },
  };
}

/** The app with the image of an earlier version of Cassandra. */
const before = {
  name: 'cassandra-before',
  spec: { version: '0.9', defaultImageRepoTag: 'kubedirector/examples-cassandra:0.9', upgradable: true },
};
const releases = async (): Promise<readonly string[]> => {
  const seeds = await cassandra.members('seed');
  return Promise.all(seeds.map(async (seed) => (await cassandra.inside(seed, 'nodetool version')).trim()));
};

const isPending = ({ spec }: Shown): boolean => spec?.['nodeName'] === undefined;

describe('the Cassandra example', () => {
  beforeAll(async () => {
    cassandra = await startExample('cassandra', before);
    await cassandra.ready({ seed: 3 });
  });
  afterAll(() => cassandra.remove());

  it('is a ring of its three seeds', async () => {
    for (const seed of await cassandra.members('seed')) await untilNormal(seed, 3);
  });

  it('reads at one member what was written at another', async () => {
    const [first, second, third] = await cassandra.members('seed');
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('there are not three seeds');
    const replication = "{'class': 'SimpleStrategy', 'replication_factor': 3}";
    await query(first, `CREATE KEYSPACE shop WITH replication = ${replication}`);
    await query(first, 'CREATE TABLE shop.orders (id int PRIMARY KEY, item text)');
    await insert(second, 1);
    expect(await itemsAt(third)).toEqual(['item 1']);
  });

  it('keeps its data when a pod is deleted', async () => {
    const second = await cassandra.member('seed', 1);
    const before = await hostIDs(second);
    await cassandra.replacePod(second);
    await untilNormal(second, 3);
    expect(await itemsAt(second)).toEqual(['item 1']);
    // The same node of the ring: it has found its volume.
    expect(await hostIDs(second)).toEqual(before);
  });

  it('is back after a restart of a container, without another set-up', async () => {
    const third = await cassandra.member('seed', 2);
    const log = 'stat -c %Y /opt/guestconfig/configure.status';
    const before = await cassandra.inside(third, log);
    await cassandra.restartContainer(third);
    await untilNormal(third, 3);
    expect(await cassandra.inside(third, log)).toBe(before);
    await insert(third, 2);
    expect(await itemsAt(await cassandra.member('seed'))).toEqual(['item 1', 'item 2']);
  });

  it('is upgraded member by member, and loses no write that was acknowledged meanwhile', async () => {
    const old = await containers();
    const nodes = await hostIDs(await cassandra.member('seed'));
    expect(new Set(await releases())).toEqual(new Set(['ReleaseVersion: 5.0.7']));
    const writes = startWrites(100);
    await cassandra.patch({ app: 'cassandra' });
    const isUpgraded = async (): Promise<boolean> => {
      const now = await containers();
      return now.length === 3 && now.every((container) => !old.includes(container));
    };
    await eventually('all members to be upgraded', isUpgraded, 600_000);
    await cassandra.ready({ seed: 3 });
    const written = [...(await writes.stop())];
    for (const seed of await cassandra.members('seed')) await untilNormal(seed, 3);
    expect(new Set(await releases())).toEqual(new Set(['ReleaseVersion: 5.0.9']));
    expect(await hostIDs(await cassandra.member('seed'))).toEqual(nodes);
    expect(written.length).toBeGreaterThan(0);
    expect(await itemsAt(await cassandra.member('seed'))).toEqual(expect.arrayContaining(written));
  }, 900_000);

  it('leaves its node member by member when that is drained', async () => {
    const old = await containers();
    const [pod] = await cassandra.pods();
    const node = String(pod?.spec?.['nodeName']);
    const { cluster } = cassandra;
    const selector = `--pod-selector=${group}/kdcluster=cassandra`;
    const drain = cluster.running('drain', node, selector, '--delete-emptydir-data', '--timeout=800s');
    await eventually('a pod that finds no node', async () => (await cassandra.pods()).some(isPending), 100_000);
    // The only one in reach: the pods come back to it.
    await cluster.ok('uncordon', node);
    let fewest = 3;
    const isDrained = async (): Promise<boolean> => {
      const role = await cluster.read('kdrole', 'cassandra.seed', cassandra.inNamespace);
      fewest = Math.min(fewest, Number(role?.status?.['readyReplicas']));
      return (await containers()).every((container) => !old.includes(container));
    };
    await eventually('all pods to be others', isDrained, 800_000);
    const { code, stderr } = await drain.ended;
    expect(code, stderr).toBe(0);
    expect(fewest).toBe(2);
    await cassandra.ready({ seed: 3 });
    for (const seed of await cassandra.members('seed')) await untilNormal(seed, 3);
  }, 1_000_000);

  it('gets more memory without a restart', { timeout: 300_000 }, async () => {
    const before = await containers();
    const limits = { cpu: '1', memory: '1600Mi' };
    await cassandra.change('seed', { resources: { requests: { cpu: '250m', memory: '1Gi' }, limits } });
    await cassandra.ready({ seed: 3 });
    for (const seed of await cassandra.members('seed'))
      expect(Number(await cassandra.inside(seed, memoryLimit))).toBe(1600 * 2 ** 20);
    expect(await containers()).toEqual(before);
  });

  it('is stopped, and has its data when it is started again', { timeout: 900_000 }, async () => {
    const before = await itemsAt(await cassandra.member('seed'));
    const nodes = await hostIDs(await cassandra.member('seed'));
    await cassandra.call('suspend');
    await eventually('no pods', async () => (await cassandra.pods()).length === 0, 200_000);
    await cassandra.call('resume');
    await cassandra.ready({ seed: 3 }, 600_000);
    for (const seed of await cassandra.members('seed')) await untilNormal(seed, 3);
    const first = await cassandra.member('seed');
    expect(await hostIDs(first)).toEqual(nodes);
    expect(await itemsAt(first)).toEqual(before);
  });

  it('grows by a worker, which takes its share', async () => {
    await cassandra.scale('worker', 1);
    await cassandra.ready({ seed: 3, worker: 1 });
    const worker = await cassandra.member('worker');
    await untilNormal(worker, 4);
    const first = await cassandra.member('seed');
    await untilNormal(first, 4);
    expect(await itemsAt(worker)).toEqual(await itemsAt(first));
    expect(await itemsAt(worker)).toEqual(expect.arrayContaining(['item 1', 'item 2']));
  });

  it('gives the data of a worker that leaves to the others', async () => {
    await cassandra.scale('worker', 0);
    await cassandra.ready({ seed: 3, worker: 0 });
    const first = await cassandra.member('seed');
    await untilNormal(first, 3);
    expect(await itemsAt(first)).toEqual(expect.arrayContaining(['item 1', 'item 2']));
  });
});
