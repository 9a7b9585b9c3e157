import type { WebSocket } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../e2e/support/cluster.ts';
import { browsing, runInNotebook, whyNoBrowser, type Browsing } from './support/browsing.ts';
import { memoryLimit, startExample, type Example } from './support/example.ts';

let spark: Example;
/** Names of the hosts whose workers are alive, as the master sees it: their FQDNs' first parts. */
const alive = async (): Promise<readonly string[]> => {
  const text = await spark.page(await spark.member('master'), 8080, '/json/');
  const { aliveworkers, workers } = JSON.parse(text) as {
    aliveworkers: number;
    workers: readonly { host: string; state: string }[];
  };
  const hosts = workers.filter(({ state }) => state === 'ALIVE').map(({ host }) => host.split('.')[0] ?? '');
  expect(hosts).toHaveLength(aliveworkers);
  return hosts.toSorted();
};
const workers = async (): Promise<readonly string[]> => (await spark.members('worker')).map(({ pod }) => pod);
/** The master takes a minute to give up a worker that disappeared. */
const aliveAreMembers = (): Promise<unknown> =>
  eventually(
    'the living workers to be the members',
    async () => {
      const [found, expected] = [await alive(), await workers()];
      if (found.join() === expected.join()) return true;
      throw new Error(`alive: ${found.join(', ')}; members: ${expected.join(', ')}`);
    },
    120_000,
  );
/** Runs it in the background, because a slow machine takes longer than an exec may last. @returns what it printed */
const sumUp = async (): Promise<string> => {
  const jupyter = await spark.member('jupyter');
  const master = '"$(configcli --get services.master.1.master.endpoints)"';
  const submit = `spark-submit --master ${master} /srv/spark/notebooks/sum.py > /tmp/sum.out 2> /tmp/sum.err`;
  await spark.inside(
    jupyter,
    `rm -f /tmp/sum.*; (${submit}; echo "status=$?" >> /tmp/sum.out) < /dev/null &> /dev/null &`,
  );
  return eventually(
    'the job to end',
    async () => {
      const printed = await spark.inside(jupyter, 'cat /tmp/sum.out');
      if (printed.includes('status=')) return printed;
      throw new Error(await spark.inside(jupyter, 'tail -n 5 /tmp/sum.err'));
    },
    400_000,
  );
};

describe('the Spark example', () => {
  beforeAll(async () => {
    spark = await startExample('spark');
    await spark.ready({ master: 1, worker: 2, jupyter: 1 });
  });
  afterAll(() => spark.remove());

  it('has as many workers alive as it has members', async () => {
    const expected = await workers();
    expect(expected).toHaveLength(2);
    // No need to wait: a worker is configured once the master knows it.
    expect(await alive()).toEqual(expected);
  });

  it("runs a job that JupyterLab's member submits", async () => {
    const [, sum, hosts = ''] = /sum=(\d+) hosts=(\S+)/.exec(await sumUp()) ?? [];
    expect(sum).toBe('499999500000');
    const members = await workers();
    for (const host of hosts.split(',')) expect(members).toContain(host.split('.')[0]);
  });

  it('gives Python programs in its members the same answers as configcli', async () => {
    const script = `python3 - <<'END'
from configcli import ConfigCli
namespace = ConfigCli(shell=False).getCommandObject('namespace')
[tokens] = namespace.searchForToken(['services', 'master', '1'], 'endpoints')
print(namespace.getWithTokens(tokens)[0], ','.join(sorted(namespace.getWithTokens(['nodegroups', '1', 'roles', 'worker', 'node_ids']))))
END
configcli --get services.master.1.master.endpoints`;
    const [line = '', asked] = (await spark.inside(await spark.member('jupyter'), script)).split('\n');
    const [endpoint, ids] = line.split(' ');
    expect(endpoint).toMatch(/^spark:\/\//);
    expect(endpoint).toBe(asked);
    expect(ids?.split(',')).toHaveLength((await workers()).length);
  });

  it('shows JupyterLab only to users with the token', async () => {
    const jupyter = await spark.member('jupyter');
    const { authToken = '' } = jupyter;
    expect(authToken).not.toBe('');
    const status = (query: string) =>
      spark.inside(jupyter, `curl -s -o /dev/null -w '%{http_code}' 'http://127.0.0.1:8888/api/contents${query}'`);
    expect(await status('')).toBe('403');
    expect(await status(`?token=${authToken}`)).toBe('200');
    expect(await spark.page(jupyter, 8888, `/lab?token=${authToken}`)).toContain('JupyterLab');
  });

  describe.skipIf(whyNoBrowser !== undefined)(`in the browser of a user of its namespace${whyNoBrowser ?? ''}`, () => {
    let user: Browsing;
    beforeAll(async () => {
      user = await browsing(spark, 'wendy');
    });

    it('runs a cell in JupyterLab', async () => {
      const tab = await user.open('spark/jupyter');
      const frames: { readonly socket: WebSocket; readonly text: string }[] = [];
      tab.page.on('websocket', (socket) => {
        if (!socket.url().includes('/channels')) return;
        socket.on('framereceived', ({ payload }) => frames.push({ socket, text: payload.toString() }));
      });
      const printed = await runInNotebook(tab, 'import socket; print(6 * 7, socket.gethostname())');
      const expected = `42 ${(await spark.member('jupyter')).pod}`;
      expect(printed.trim()).toBe(expected);
      // JupyterLab opens several and closes some of them. One that brought the answer goes on.
      const answers = frames.filter(({ text }) => text.includes(expected));
      expect(answers.map(({ socket }) => socket.isClosed())).toContain(false);
    });

    it("shows Spark's pages, those of the workers within the master's", async () => {
      const { page, failures } = await user.open('spark/master-ui');
      for (const worker of await workers()) {
        await page.getByRole('heading', { name: /Spark Master at spark:/ }).waitFor();
        const row = page.getByRole('row').filter({ hasText: `${worker}.` });
        await row.getByRole('link').first().click();
        await page.getByRole('heading', { name: /Spark Worker at/ }).waitFor();
        expect(await page.locator('body').textContent()).toContain(`${worker}.`);
        await page.getByRole('link', { name: 'Back to Master' }).click();
      }
      await page.getByRole('heading', { name: /Spark Master at spark:/ }).waitFor();
      expect(failures).toEqual([]);
    });
  });

  it('grows to four workers, and back to two', async () => {
    await spark.scale('worker', 4);
    await spark.ready({ master: 1, worker: 4, jupyter: 1 });
    expect(await alive()).toEqual(await workers());
    expect(await alive()).toHaveLength(4);
    await spark.scale('worker', 2);
    await spark.ready({ master: 1, worker: 2, jupyter: 1 });
    await aliveAreMembers();
    expect(await alive()).toHaveLength(2);
  });

  it('accepts a worker again after its pod was deleted', async () => {
    await spark.replacePod(await spark.member('worker', 1));
    await spark.ready({ worker: 2 });
    await aliveAreMembers();
  });

  it("finds its workers again after a restart of the master's container", async () => {
    await spark.restartContainer(await spark.member('master'));
    await spark.ready({ master: 1, worker: 2, jupyter: 1 });
    await aliveAreMembers();
  });

  it('gives its workers more memory, and loses none of them', async () => {
    const resources = { requests: { cpu: '250m', memory: '1Gi' }, limits: { cpu: '1', memory: '1600Mi' } };
    await spark.change('worker', { resources });
    await spark.ready({ master: 1, worker: 2, jupyter: 1 });
    for (const worker of await spark.members('worker'))
      expect(Number(await spark.inside(worker, memoryLimit))).toBe(1600 * 2 ** 20);
    await aliveAreMembers();
  });

  it('is stopped, and runs jobs again when it is started', async () => {
    await spark.call('suspend');
    await eventually('no pods', async () => (await spark.pods()).length === 0, 200_000);
    await spark.call('resume');
    await spark.ready({ master: 1, worker: 2, jupyter: 1 });
    await aliveAreMembers();
    expect(await sumUp()).toContain('sum=499999500000');
  });
});
