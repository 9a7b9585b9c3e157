/** The methods and forms of the program's paths. kube-apiserver 1.37 was seen to answer in the same way. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { targetOf, type Target } from '../conformance/target.ts';
import { startProgram, type RunningProgram } from './support/program.ts';

const group = '/apis/kubedirector.hpe.com/v1beta1';
const app = {
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorApp',
  metadata: { name: 'a' },
  spec: {
    ...{ label: { name: 'x' }, distroID: 'x', version: '1', configSchemaVersion: 7 },
    roles: [{ id: 'r', cardinality: '1', imageRepoTag: 'x' }],
    config: { selectedRoles: ['r'], roleServices: [] },
  },
};

const directory = mkdtempSync(join(tmpdir(), 'kubedirector-paths-'));
let server: RunningProgram;
let target: Target;
beforeAll(async () => {
  server = await startProgram({ directory, args: ['--log-level', 'warn'] });
  target = targetOf(server.kubeconfig);
  const path = `${group}/namespaces/default/kubedirectorapps`;
  expect((await target.ask(path, { method: 'POST', body: app })).status).toBe(201);
});
afterAll(async () => {
  target.close();
  await server.stop();
  rmSync(directory, { recursive: true });
});

describe('HEAD', () => {
  it.each([
    ['/', 200],
    ...['/healthz', '/livez', '/readyz', '/readyz/ping', '/metrics', '/statusz', '/flagz'].map((path) => [path, 200]),
    ...['/version', '/version/', '/api', '/api/', '/api/v1', '/apis/apps/v1'].map((path) => [path, 405]),
    ...['/apis', '/apis/', '/apis/apps', '/apis/kubedirector.hpe.com', group].map((path) => [path, 200]),
    ...['/openapi/v2', '/openapi/v3', `/openapi/v3${group}`, '/openapi/v3/apis/apps/v1'].map((path) => [path, 200]),
    ...['/nope', '/apis/nope', '/apis/nope/v1'].map((path) => [path, 404]),
    ...['/api/v1/namespaces', '/api/v1/namespaces/default', '/apis/apps/v1/statefulsets'].map((path) => [path, 405]),
    ['/api/v1/namespaces/default/configmaps/nope', 405],
    ['/api/v1/namespaces/default/configmaps?watch=true&timeoutSeconds=1', 405],
    [`${group}/kubedirectorapps`, 200],
    [`${group}/namespaces/default/kubedirectorapps/a`, 200],
    [`${group}/namespaces/default/kubedirectorapps/nope`, 404],
    [`${group}/namespaces/default/kubedirectorapps?watch=true&timeoutSeconds=1`, 200],
    [`${group}/watch/kubedirectorapps?timeoutSeconds=1`, 200],
    ['/api/v1/watch/configmaps?timeoutSeconds=1', 405],
  ] as [string, number][])('%s is answered with %i, and without a body', async (path, status) => {
    const answer = await target.ask(path, { method: 'HEAD' });
    expect([answer.status, answer.text]).toEqual([status, '']);
  });

  it('tells the length and type that GET has', async () => {
    for (const path of ['/healthz', '/openapi/v3', `${group}/namespaces/default/kubedirectorapps/a`]) {
      const [head, got] = [await target.ask(path, { method: 'HEAD' }), await target.ask(path)];
      expect(head.headers['content-length']).toBe(String(Buffer.byteLength(got.text)));
      expect(head.headers['content-type']).toBe(got.headers['content-type']);
    }
  });
});

describe('a watch path', () => {
  const watched = async (path: string, method = 'GET'): Promise<[number, string[]]> => {
    const separator = path.includes('?') ? '&' : '?';
    const { status, text } = await target.ask(`${path}${separator}timeoutSeconds=1`, { method });
    const lines = text.split('\n').filter((line) => line !== '');
    const events = lines.map((line) => JSON.parse(line) as { object?: { metadata?: { name?: string } } });
    return [status, status === 200 ? events.map(({ object }) => object?.metadata?.name ?? '') : []];
  };

  it.each([
    `${group}/watch/kubedirectorapps`,
    `${group}/watch/namespaces/default/kubedirectorapps`,
    `${group}/watch/namespaces/default/kubedirectorapps/a`,
    `${group}/watch/kubedirectorapps/a`,
    `${group}/watch/namespaces/default/kubedirectorapps/a?watch=false`,
    `${group}/watch/namespaces/default/kubedirectorapps/a?fieldSelector=metadata.name%3Da`,
  ])('%s shows what is there', async (path) => {
    expect(await watched(path)).toEqual([200, ['a']]);
  });

  it('of one namespace shows only this namespace', async () => {
    expect(await watched('/api/v1/watch/namespaces/default')).toEqual([200, ['default']]);
    expect((await watched('/api/v1/watch/namespaces'))[1]).toContain('kube-system');
  });

  it('shows nothing of an object that is not there, or not selected', async () => {
    const apps = `${group}/watch/namespaces/default/kubedirectorapps`;
    expect(await watched(`${apps}/nope`)).toEqual([200, []]);
    expect(await watched(`${apps}?fieldSelector=metadata.name%3Dnope`)).toEqual([200, []]);
  });

  it('of an object is refused with a field selector for another object or for none', async () => {
    for (const selector of ['metadata.name%3Db', 'metadata.namespace%3Ddefault']) {
      const path = `${group}/watch/namespaces/default/kubedirectorapps/a?fieldSelector=${selector}`;
      const answer = await target.ask(path);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({
        reason: 'BadRequest',
        message: "fieldSelector metadata.name doesn't match requested name",
      });
    }
  });

  it('works with every method for custom kinds, and only with GET for kinds of Kubernetes', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      expect(await watched(`${group}/watch/kubedirectorapps`, method)).toEqual([200, ['a']]);
      expect(await watched('/api/v1/watch/configmaps', method)).toEqual([405, []]);
    }
  });

  it('of a subresource is refused', async () => {
    const clusters = `${group}/watch/namespaces/default/kubedirectorclusters/c`;
    const status = await target.ask(`${clusters}/status`);
    expect(status.status).toBe(405);
    expect(status.body).toMatchObject({
      message: 'watch is not supported on resources of kind "kubedirectorclusters.kubedirector.hpe.com"',
    });
    expect((await target.ask(`${clusters}/nope`)).status).toBe(404);
    expect((await target.ask('/api/v1/watch/namespaces/default/pods/p/status')).status).toBe(404);
  });

  it('is in the OpenAPI documents, but not in discovery', async () => {
    const openApi = await target.ask(`/openapi/v3${group}`);
    expect(openApi.text).toContain(`"${group}/watch/namespaces/{namespace}/kubedirectorclusters/{name}"`);
    expect((await target.ask(group)).text).not.toContain('watch/');
  });
});

describe('what the program tells about itself', () => {
  const form = (kind: string, version = 'v1beta1'): { headers: { Accept: string } } => ({
    headers: { Accept: `application/json;v=${version};g=config.k8s.io;as=${kind}` },
  });

  it('has its version and paths in /statusz', async () => {
    const { body } = await target.ask('/statusz', form('Statusz'));
    expect(body).toMatchObject({
      apiVersion: 'config.k8s.io/v1beta1',
      metadata: { name: 'kubedirector' },
      emulationVersion: '1.37',
      paths: ['/flagz', '/healthz', '/livez', '/metrics', '/readyz', '/statusz', '/version'],
    });
    expect((await target.ask('/statusz')).text).toMatch(/\nkubedirector statusz\nWarning: /);
    expect((await target.ask('/')).body).toMatchObject({
      paths: expect.arrayContaining(['/flagz', '/statusz', group]) as string[],
    });
  });

  it('warns of the older version', async () => {
    const { headers } = await target.ask('/statusz', form('Statusz', 'v1alpha1'));
    const warning = 'This version of the statusz endpoint is deprecated. Please use a newer version.';
    expect(headers['warning']).toBe(`299 - "${warning}"`);
  });

  it('has its flags in /flagz, as given or by default', async () => {
    const { body } = await target.ask('/flagz', form('Flagz'));
    const { flags } = body as { flags: Record<string, string> };
    expect(flags).toEqual({
      ...{ data: directory, port: '0', reset: 'false' },
      ...{ 'log-level': 'warn', 'log-format': 'text' },
    });
  });
});
