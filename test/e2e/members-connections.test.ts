/** Connections to real members through a real kube-apiserver, each with the rights of a user of its own. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually } from './support/cluster.ts';
import { guestImage, installation } from './support/installation.ts';
import { kubeClient, type KubeClient } from './support/kube-client.ts';
import { membersIn, type Member, type Members } from './support/members.ts';
import { openedAddress, plugin } from './support/plugin.ts';
import { group, sampleApp, sampleCluster } from './support/samples.ts';
import { serverOf } from './support/server.ts';
import { makeServiceAccount, tokenOf } from './support/users.ts';

const cluster = clusterOf(installation());
const { ok } = cluster;
let namespace: string;
let at: Members;
let head: Member;
/** May see and change clusters, with which go connecting and reading tokens. */
let edna: KubeClient;
/** May connect, and nothing else. */
let cora: KubeClient;
/** May see everything but tokens. */
let vera: KubeClient;
let proxy: string;

async function user(name: string, ...roles: readonly string[]): Promise<KubeClient> {
  await makeServiceAccount(cluster, namespace, name, ...roles);
  return kubeClient(cluster, await tokenOf(cluster, namespace, name));
}
const text = async (client: KubeClient, path: string): Promise<string> => {
  const { status, body } = await client.ask(`${proxy}${path}`);
  expect([status, status === 200 ? '' : body.toString()]).toEqual([200, '']);
  return body.toString();
};
const asked = async (client: KubeClient, path: string, headers: Record<string, string> = {}) =>
  JSON.parse((await client.ask(`${proxy}${path}`, { headers })).body.toString()) as {
    method: string;
    url: string;
    headers: Record<string, string>;
  };
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe.skipIf(installation().form === 'host')('connections to real members (form node)', () => {
  beforeAll(async () => {
    namespace = await cluster.makeNamespace('connections');
    at = membersIn(namespace, cluster);
    const app = { namespace, packageURL: 'file:///packages/pages.tgz' };
    const limits = { cpu: '1', memory: '256Mi' };
    await cluster.apply([
      sampleApp({ ...app, spec: { defaultImageRepoTag: `${guestImage}-node` } }),
      sampleCluster({ namespace, name: 'pages', head: { resources: { requests: { cpu: '10m' }, limits } } }),
    ]);
    edna = await user('edna', 'kubedirector-view', 'kubedirector-edit');
    cora = await user('cora', 'kubedirector-connect');
    vera = await user('vera', 'kubedirector-view');
    await at.ready('pages');
    head = await at.member('pages');
    const endpoint = await ok('get', 'kdendpoints', at.inNamespace, '-o=jsonpath={.items[0].metadata.name}');
    proxy = `/apis/${group}/v1beta1/namespaces/${namespace}/kubedirectorendpoints/${endpoint}/proxy`;
  });
  afterAll(async () => {
    for (const client of [edna, cora, vera]) client.close();
    await cluster.dropNamespaces(namespace);
  });

  it('pass requests with method, path and query, but not who asks', async () => {
    const seen = await asked(cora, '/asked?b=2&a=1', { 'x-mine': 'yes', cookie: 'session=of-a-login' });
    expect([seen.method, seen.url]).toEqual(['GET', '/asked?a=1&b=2']);
    expect(seen.headers).toMatchObject({ 'x-mine': 'yes', 'x-forwarded-prefix': proxy });
    expect(
      Object.keys(seen.headers).filter((name) => /^(authorization|cookie|x-remote-|impersonate)/.test(name)),
    ).toEqual([]);
    const { status, body } = await cora.ask(`${proxy}/echo`, { method: 'POST', body: 'given' });
    expect([status, body.toString()]).toEqual([200, 'given']);
  });

  it('bring the token of the service for users who may read it, and no log has it', async () => {
    const { authToken = '' } = head;
    expect(authToken).toMatch(/^\S{16,}$/);
    expect((await asked(edna, '/asked')).headers['authorization']).toBe(`token ${authToken}`);
    await edna.ask(`${proxy}/echo`, { method: 'POST', body: 'given' });
    expect(await serverOf(installation(), cluster).log()).not.toContain(authToken);
    const folder = process.env['KD_LAB_DIR'];
    if (folder !== undefined) {
      expect(readFileSync(join(folder, 'log/kube-apiserver.log'), 'utf8')).not.toContain(authToken);
    }
  });

  it('are refused to users without the right, for upgrades, too', async () => {
    expect((await vera.ask(`${proxy}/`)).status).toBe(403);
    await expect(vera.webSocket(`${proxy}/`)).rejects.toThrow('403');
    await expect(vera.upgrade(`${proxy}/`, 'SPDY/3.1')).rejects.toThrow('403');
  });

  it('pass many megabytes unchanged, both ways', async () => {
    const bytes = randomBytes(12_000_000);
    const stored = await cora.ask(`${proxy}/kept`, { method: 'PUT', body: bytes });
    expect([stored.status, stored.body.toString()]).toEqual([200, sha256(bytes)]);
    const read = await cora.ask(`${proxy}/kept`);
    expect([read.status, read.headers['content-length'], sha256(read.body)]).toEqual([
      200,
      String(bytes.length),
      sha256(bytes),
    ]);
  });

  it('pass pages whose links are as the member made them', async () => {
    const { headers, body } = await cora.ask(`${proxy}/page`);
    expect(headers['content-type']).toMatch(/^text\/html; charset=utf-8$/i);
    expect(body.toString()).toBe(
      '<!doctype html><script src="/script.js"></script><a href="/next?a=1&amp;b=2">next</a>\n',
    );
  });

  it('pass both bodies of one request as they come', async () => {
    const stream = cora.http2().request({ ...cora.proof, ':method': 'POST', ':path': `${proxy}/echo` });
    stream.setEncoding('utf8');
    for (const part of ['one', 'two', 'three']) {
      stream.write(part);
      expect(await once(stream, 'data')).toEqual([part]);
    }
    stream.end();
    await once(stream, 'end');
  });

  it('pass WebSockets', async () => {
    const socket = await cora.webSocket(`${proxy}/any`);
    for (const message of ['one', 'x'.repeat(60_000), 'y'.repeat(1_000_000)]) {
      socket.send(message);
      expect(String((await once(socket, 'message'))[0])).toBe(message);
    }
    socket.close(1000);
    expect((await once(socket, 'close'))[0]).toBe(1000);
  });

  it('pass upgrades to other protocols', async () => {
    const socket = await cora.upgrade(`${proxy}/any`, 'SPDY/3.1');
    for (const bytes of [randomBytes(10), randomBytes(100_000)]) {
      socket.write(bytes);
      let received = Buffer.alloc(0);
      while (received.length < bytes.length) {
        received = Buffer.concat([received, ...((await once(socket, 'data')) as Buffer[])]);
      }
      expect(sha256(received)).toBe(sha256(bytes));
    }
    socket.destroy();
  });

  it('lead on where a page does, by a page without Location', async () => {
    const to = encodeURIComponent('/asked?x=1');
    const { status, headers } = await cora.ask(`${proxy}/redirect?to=${to}`);
    expect([status, headers.location, headers['refresh']]).toEqual([302, undefined, `0; url=${proxy}/asked?x=1`]);
    const elsewhere = await cora.ask(`${proxy}/redirect?to=${encodeURIComponent('http://192.0.2.1/')}`);
    expect([elsewhere.status, elsewhere.headers['refresh']]).toEqual([502, undefined]);
  });

  it('are at the root of a port of kubectl kd open', async () => {
    const opened = await plugin({ cluster, namespace, name: 'edna' }, 'open', 'pages/page', '--no-browser');
    // Not every resolver knows names below localhost.
    const local = new URL(await openedAddress(opened));
    local.hostname = '127.0.0.1';
    const entered = await fetch(local);
    const [cookie = ''] = (entered.headers.get('set-cookie') ?? '').split(';');
    const through = (path: string) => fetch(new URL(path, local), { headers: { cookie }, redirect: 'manual' });
    expect(await (await through('/')).text()).toBe('hello\n');
    expect((await through('/redirect?to=/asked')).headers.get('location')).toBe('/asked');
    expect((await (await through('/asked')).json()) as object).toMatchObject({
      headers: { authorization: `token ${head.authToken ?? ''}` },
    });
    opened.process.kill('SIGINT');
    expect((await opened.ended).code).toBe(0);
  });

  it('show what the startscript prints, without tokens, and go on with it', async () => {
    const account = { cluster, namespace, name: 'vera' };
    const following = await plugin(account, 'logs', 'pages', '--follow');
    await following.printed('serving pages, with the token');
    await ok('scale', 'kdrole/pages.worker', '--replicas=1', at.inNamespace);
    await following.printed('heard of: --addnodes');
    following.process.kill('SIGINT');
    const { stdout } = await following.ended;
    expect(stdout).toMatch(new RegExp(`^\\[${head.pod}\\] serving pages`, 'm'));
    expect(stdout).not.toContain(head.authToken);
    await at.ready('pages');
    const tail = await plugin(account, 'logs', 'pages', '--member', head.pod, '--tail=1');
    const { code, stdout: last } = await tail.ended;
    expect([code, last.split('\n').length, last]).toEqual([0, 2, expect.stringContaining('heard of: --addnodes')]);
  }, 120_000);

  it('end with an error when their member goes, and are there again when it is', async () => {
    const stream = await cora.open(`${proxy}/lines`);
    const socket = await cora.webSocket(`${proxy}/any`);
    expect(await text(cora, '/say?line=one')).toBe('1');
    expect(String((await once(stream, 'data'))[0])).toBe('one\n');
    const cut = once(stream, 'end').then(
      () => 'whole',
      (error: unknown) => error,
    );
    const closed = once(socket, 'close');
    await ok('delete', 'pod', head.pod, at.inNamespace, '--grace-period=0', '--force');
    expect(await cut).toBeInstanceOf(Error);
    expect((await closed)[0]).toBe(1006);
    await eventually('the member to answer again', async () => (await cora.ask(`${proxy}/`)).status === 200, 100_000);
  }, 120_000);
});
