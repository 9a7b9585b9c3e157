/** The examples that are small enough to run side by side. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../e2e/support/cluster.ts';
import { startExample, type Example, type Member } from './support/example.ts';

let etcd: Example;
let redis: Example;
let postgresql: Example;
let notebook: Example;

beforeAll(async () => {
  [etcd, redis, postgresql, notebook] = await Promise.all([
    startExample('etcd'),
    startExample('redis'),
    startExample('postgresql'),
    startExample('notebook'),
  ]);
  await Promise.all([
    etcd.ready({ server: 3 }),
    redis.ready({ primary: 1, replica: 2 }),
    postgresql.ready({ primary: 1, replica: 1 }),
    notebook.ready({ notebook: 1 }),
  ]);
});
afterAll(() => Promise.all([etcd, redis, postgresql, notebook].map((example) => example.remove())));

describe('the etcd example', () => {
  const ctl = async (member: Member, ...words: readonly string[]): Promise<string> =>
    (await etcd.inside(member, `etcdctl --command-timeout=20s ${words.join(' ')}`)).trim();
  const members = async (): Promise<readonly string[]> => {
    const lines = (await ctl(await etcd.member('server'), 'member list')).split('\n');
    for (const line of lines) expect(line).toContain(', started, ');
    return lines;
  };

  it('reads at one member what was written at another', async () => {
    const [first, second, third] = await etcd.members('server');
    if (first === undefined || second === undefined || third === undefined) throw new Error('there are not three');
    expect(await members()).toHaveLength(3);
    await ctl(second, 'put greeting hello');
    expect(await ctl(third, 'get greeting --print-value-only')).toBe('hello');
  });

  it('has the same members, with their data, when a pod has been deleted', async () => {
    const before = await members();
    const second = await etcd.member('server', 1);
    await etcd.replacePod(second);
    const isBack = async (): Promise<boolean> => (await ctl(second, 'get greeting --print-value-only')) === 'hello';
    await eventually('the member to answer', isBack, 60_000);
    expect(await members()).toEqual(before);
  });

  it('grows to four members, and lets one go again', async () => {
    const before = await members();
    await etcd.scale('server', 4);
    await etcd.ready({ server: 4 });
    expect(await members()).toHaveLength(4);
    expect(await ctl(await etcd.member('server', 3), 'get greeting --print-value-only')).toBe('hello');
    await etcd.scale('server', 3);
    await etcd.ready({ server: 3 });
    expect(await members()).toEqual(before);
  });
});

describe('the Redis example', () => {
  /** As the user whose password is the service's token. */
  const cli = async (member: Member, words: string): Promise<string> => {
    const token = '$(configcli --get services.write.1.primary.authToken)';
    return (await redis.inside(member, `REDISCLI_AUTH=${token} redis-cli ${words}`)).trim();
  };
  const isFollowed = (): Promise<unknown> =>
    eventually('two replicas that follow', async () => {
      const said = await cli(await redis.member('primary'), 'info replication');
      return [...said.matchAll(/state=online/g)].length === 2;
    });

  it('reads at both replicas what was written at the primary, and lets nobody in without the token', async () => {
    await isFollowed();
    const primary = await redis.member('primary');
    expect(await cli(primary, 'set greeting hello')).toBe('OK');
    expect(await cli(primary, 'wait 2 20000')).toBe('2');
    for (const replica of await redis.members('replica')) expect(await cli(replica, 'get greeting')).toBe('hello');
    expect(await redis.inside(primary, 'redis-cli get greeting')).toContain('NOAUTH');
  });

  it('takes another password while it runs', async () => {
    const before = [await redis.containers('primary'), await redis.containers('replica')];
    const token = await redis.renewTokens('primary');
    for (const member of [await redis.member('primary'), ...(await redis.members('replica'))]) {
      const ask = `REDISCLI_AUTH=${token} redis-cli get greeting`;
      await eventually('the member to take it', async () => (await redis.inside(member, ask)) === 'hello\n');
    }
    await redis.ready({ primary: 1, replica: 2 });
    await isFollowed();
    expect([await redis.containers('primary'), await redis.containers('replica')]).toEqual(before);
  });

  it("keeps its data when the primary's pod is deleted", async () => {
    const primary = await redis.member('primary');
    await redis.replacePod(primary);
    await eventually('the data', async () => (await cli(primary, 'get greeting')) === 'hello');
    await isFollowed();
  });
});

describe('the PostgreSQL example', () => {
  const psql = async (member: Member, statement: string): Promise<string> =>
    (await postgresql.inside(member, `psql -qtAX -U postgres -h /run/postgresql -c "${statement}"`)).trim();
  /** From another member, with the password. */
  const from = (member: Member, { service }: Member, password: string): Promise<string> =>
    postgresql.inside(
      member,
      `PGPASSWORD='${password}' psql -qtAX -U postgres -h ${service} -c 'SELECT item FROM orders'`,
    );
  const isAt = (member: Member, items: string): Promise<unknown> =>
    eventually(
      `${items} at ${member.pod}`,
      async () => (await psql(member, "SELECT string_agg(item, ',' ORDER BY item) FROM orders")) === items,
      60_000,
    );

  it('reads at the replica what was written at the primary', async () => {
    await psql(
      await postgresql.member('primary'),
      "CREATE TABLE orders (item text); INSERT INTO orders VALUES ('tea')",
    );
    const replica = await postgresql.member('replica');
    await isAt(replica, 'tea');
    expect(await psql(replica, 'SELECT pg_is_in_recovery()')).toBe('t');
  });

  it('takes another password while it runs, and lets nobody in with the old one', async () => {
    const [primary, replica] = [await postgresql.member('primary'), await postgresql.member('replica')];
    const before = await postgresql.containers('primary');
    const old = primary.authToken ?? '';
    expect(await from(replica, primary, old)).toBe('tea\n');
    const token = await postgresql.renewTokens('primary');
    await eventually('the primary to take it', async () => (await from(replica, primary, token)) === 'tea\n');
    await expect(from(replica, primary, old)).rejects.toThrow('password authentication failed');
    await eventually('the replica to know it', async () => (await from(primary, replica, token)) === 'tea\n');
    await postgresql.ready({ primary: 1, replica: 1 });
    expect(await postgresql.containers('primary')).toEqual(before);
  });

  it('gets one more replica, which has all data, with the other password', async () => {
    await postgresql.scale('replica', 2);
    await postgresql.ready({ primary: 1, replica: 2 });
    const second = await postgresql.member('replica', 1);
    await isAt(second, 'tea');
    await psql(await postgresql.member('primary'), "INSERT INTO orders VALUES ('milk')");
    await isAt(second, 'milk,tea');
  });

  it('is deleted, and a new cluster of its name takes the data up', async () => {
    await postgresql.makeAgain();
    await postgresql.ready({ primary: 1, replica: 1 });
    await isAt(await postgresql.member('primary'), 'milk,tea');
    await isAt(await postgresql.member('replica'), 'milk,tea');
  });
});

describe('the notebook example', () => {
  const status = async (token: string): Promise<string> => {
    const ask = `curl -s -o /dev/null -w '%{http_code}' -H 'Authorization: token ${token}' http://127.0.0.1:8888/api/contents`;
    return notebook.inside(await notebook.member('notebook'), ask);
  };

  it('lets in who has the token, the old one until there is another', async () => {
    const { authToken = '' } = await notebook.member('notebook');
    expect([await status('wrong'), await status(authToken)]).toEqual(['403', '200']);
    const token = await notebook.renewTokens('notebook');
    await eventually('JupyterLab to take it', async () => (await status(token)) === '200', 60_000);
    expect(await status(authToken)).toBe('403');
  });

  it('keeps its folder when its pod is deleted', async () => {
    const member = await notebook.member('notebook');
    await notebook.inside(member, 'echo mine > /srv/notebooks/notes.txt');
    await notebook.replacePod(member);
    expect(await notebook.inside(member, 'cat /srv/notebooks/notes.txt')).toBe('mine\n');
    const { authToken = '' } = await notebook.member('notebook');
    await eventually('JupyterLab to answer', async () => (await status(authToken)) === '200', 60_000);
  });
});
