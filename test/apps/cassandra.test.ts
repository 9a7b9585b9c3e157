import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../e2e/support/cluster.ts';
import { startExample, type Example, type Member } from './support/example.ts';

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

describe('the Cassandra example', () => {
  beforeAll(async () => {
    cassandra = await startExample('cassandra');
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

  it('grows by a worker, which takes its share', async () => {
    await cassandra.scale('worker', 1);
    await cassandra.ready({ seed: 3, worker: 1 });
    const worker = await cassandra.member('worker');
    await untilNormal(worker, 4);
    await untilNormal(await cassandra.member('seed'), 4);
    expect(await itemsAt(worker)).toEqual(['item 1', 'item 2']);
  });

  it('gives the data of a worker that leaves to the others', async () => {
    await cassandra.scale('worker', 0);
    await cassandra.ready({ seed: 3, worker: 0 });
    const first = await cassandra.member('seed');
    await untilNormal(first, 3);
    expect(await itemsAt(first)).toEqual(['item 1', 'item 2']);
  });
});
