/** The requests of one client through kube-apiserver do not harm others on the same connection to the server. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually } from './support/cluster.ts';
import { openFront, type Front } from './support/front.ts';
import { installation } from './support/installation.ts';
import { sampleApp } from './support/samples.ts';
import { bind } from './support/users.ts';

const cluster = clusterOf(installation());
const root = '/apis/kubedirector.hpe.com/v1beta1';
let namespace: string;
let front: Front;
beforeAll(async () => {
  namespace = await cluster.makeNamespace('wire');
  await bind(cluster, namespace, 'view', 'walter');
  front = await openFront(cluster);
});
afterAll(async () => {
  await front.close();
  await cluster.dropNamespaces(namespace);
});

describe('a watch', () => {
  it.each([
    ['a query of 90,000 bytes', (): string => `${root}?a=${'~'.repeat(90_000)}`],
    [
      'a label selector of 60,000 bytes',
      (): string => `${root}/namespaces/${namespace}/kubedirectorapps?labelSelector=${'a,'.repeat(30_000)}a`,
    ],
  ])('still hears of changes after another user sent %s', async (what, path) => {
    const name = what.includes('query') ? 'after-query' : 'after-selector';
    const watch = cluster.running('get', 'kdapp', '-n', namespace, '--watch', '--output-watch-events', '-o', 'name');
    try {
      await front.ask(path(), { user: 'walter' }).catch(() => undefined);
      // kubectl ends where its connection does; informers begin again, and so does this.
      await cluster.apply(sampleApp({ namespace, name }));
      const isSeen = (): boolean => watch.stdout().includes(name);
      await eventually('the watch to show the app, or to end', () =>
        Promise.resolve(isSeen() || watch.process.exitCode !== null),
      );
      const answer = await front.ask(`${root}/namespaces/${namespace}/kubedirectorapps/${name}`);
      expect(answer.status).toBe(200);
    } finally {
      watch.process.kill();
      await watch.ended.catch(() => undefined);
    }
  });
});

describe('a client that asks with Expect: 100-continue', () => {
  it('gets the status of its own request through kube-apiserver', async () => {
    const path = `${root}/namespaces/${namespace}/kubedirectorapps`;
    const body = JSON.stringify(sampleApp({ namespace, name: 'expected' }));
    const statuses = [];
    for (let round = 0; round < 2; round += 1) statuses.push(await postExpecting(front.address, path, body));
    expect(statuses).toEqual([201, 409]);
  });
});

describe('sixteen lists at a time', () => {
  it('arrive whole', async () => {
    const path = `${root}/namespaces/${namespace}/kubedirectorapps`;
    const padding = 'x'.repeat(100_000);
    const apps = Array.from({ length: 40 }, (_, at) => ({
      ...sampleApp({ namespace, name: `large-${at}` }),
      metadata: { namespace, name: `large-${at}`, annotations: { padding } },
    }));
    for (const app of apps) {
      expect((await front.ask(path, { method: 'POST', body: JSON.stringify(app) })).status).toBe(201);
    }
    const lists = await Promise.all(Array.from({ length: 16 }, () => front.ask(path)));
    for (const { status, text } of lists) {
      expect(status).toBe(200);
      expect((JSON.parse(text) as { items: unknown[] }).items.length).toBeGreaterThanOrEqual(apps.length);
    }
  });
});

/** The final status of a POST whose body waits for nobody: interim answers are passed over. */
function postExpecting(address: string, path: string, body: string): Promise<number> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host, () => {
      const head = `POST ${path} HTTP/1.1\r\nHost: ${address}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
      socket.write(head + body);
    });
    let received = '';
    socket.setEncoding('latin1').on('data', (text: string) => (received += text));
    socket.on('error', reject).on('end', () => {
      const statuses = [...received.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, code]) => Number(code));
      resolve(statuses.find((code) => code >= 200) ?? 0);
    });
  });
}
