import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { Logger } from '../../src/runtime/logger.ts';
import { Api, bodyOf, widget, widgetsPath, type ApiOptions } from '../support/api.ts';
import { silentLogger } from '../../src/runtime/logger.ts';

let api: Api;
const start = async (options: ApiOptions = {}): Promise<void> => {
  api = await Api.started(options);
};
afterEach(() => api.stop());
const get = (path: string) => api.request('get', path);

describe('health', () => {
  it('answers one word, or a list with ?verbose', async () => {
    await start({ checks: [{ name: 'storage', endpoints: ['readyz'], check: () => undefined }] });
    for (const path of ['/healthz', '/livez', '/readyz', '/readyz/storage', '/livez/ping']) {
      const answer = await get(path).expect(200);
      expect(answer.text).toBe('ok');
      expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    }
    expect((await get('/readyz?verbose').expect(200)).text).toBe(
      '[+]ping ok\n[+]caches ok\n[+]storage ok\n[+]shutdown ok\nreadyz check passed\n',
    );
    await get('/readyz/nothing').expect(404);
    await get('/healthz/storage').expect(404);
  });

  it('names the check that failed, and its reason only in the log', async () => {
    const logged: object[] = [];
    const logger: Logger = { ...silentLogger, warn: (fields) => logged.push(fields) };
    const check = (): Promise<void> => Promise.reject(new Error('secret path'));
    await start({ logger, checks: [{ name: 'storage', endpoints: ['livez', 'readyz'], check }] });
    const answer = await get('/healthz').expect(500);
    expect(answer.text).toContain('[-]storage failed: reason withheld');
    expect(answer.text).not.toContain('secret');
    expect(JSON.stringify(logged)).toContain('storage');
    const excluded = await get('/readyz?verbose&exclude=storage&exclude=nothing').expect(200);
    expect(excluded.text).toContain('[+]storage excluded: ok');
    expect(excluded.text).toContain('no matches for "nothing"');
  });

  it('fails while the server stops, without a warning in the log', async () => {
    const logged: object[] = [];
    const debugged: object[] = [];
    const logger: Logger = {
      ...silentLogger,
      warn: (fields) => logged.push(fields),
      debug: (fields) => debugged.push(fields),
    };
    await start({ logger });
    await api.server.stop(0);
    expect((await get('/readyz').expect(500)).text).toContain('[-]shutdown failed');
    expect(logged).toEqual([]);
    expect(debugged).toEqual([{ check: 'shutdown', reason: 'the server is shutting down' }]);
  });

  it('is not ready before the caches are filled', async () => {
    api = new Api();
    expect((await get('/readyz').expect(500)).text).toContain('[-]caches failed');
    await get('/livez').expect(200);
  });
});

describe('the server itself', () => {
  it('reports its version, its paths and its metrics', async () => {
    await start();
    expect(bodyOf(await get('/version').expect(200))).toMatchObject({ major: '1', gitVersion: 'v1.37.0-demo' });
    expect((bodyOf(await get('/').expect(200)) as { paths: string[] }).paths).toContain('/apis/demo.example/v1');
    await get(`${widgetsPath}/nope`).expect(404);
    await get('/apis/demo.example/v1/namespaces/x/invented').expect(404);
    await get(`${widgetsPath}/nope/invented`).expect(404);
    const { text } = await get('/metrics').expect(200);
    expect(text).toContain(
      'apiserver_request_total{verb="GET",group="demo.example",version="v1",resource="widgets",subresource="",scope="resource",dry_run="",component="apiserver",code="404"} 1',
    );
    const own = 'verb="GET",group="demo.example",version="v1",resource="widgets",subresource="",scope="resource"';
    const all = `{${own},dry_run="",component="apiserver"`;
    expect(text).toContain(`apiserver_request_duration_seconds_bucket${all},le="0.025"}`);
    expect(text).toContain(`apiserver_request_duration_seconds_count${all}} 1`);
    expect(text).toContain(`apiserver_request_sli_duration_seconds_count{${own},component="apiserver"} 1`);
    expect(text).toContain(`apiserver_response_sizes_bucket{${own},component="apiserver",le="1000"} 1`);
    expect(text).toMatch(new RegExp(`apiserver_response_sizes_sum\\{${own},component="apiserver"\\} [1-9]`));
    expect(text).toMatch(/^authentication_duration_seconds_count\{result="success"\} [1-9]/m);
    expect(text).toMatch(/^authorization_attempts_total\{result="allowed"\} [1-9]/m);
    expect(text).toMatch(/^authorization_duration_seconds_count\{result="allowed"\} [1-9]/m);
    expect(text).toContain('apiserver_current_inflight_requests{request_kind="readOnly"}');
    expect(text).not.toContain('invented');
  });

  it('serves discovery and OpenAPI', async () => {
    await start();
    const { resources } = bodyOf(await get('/apis/demo.example/v1').expect(200)) as { resources: { name: string }[] };
    expect(resources.map(({ name }) => name)).toEqual(['widgets', 'widgets/status', 'racks']);
    await get('/openapi/v3').expect(200);
    await get('/openapi/v3/apis/demo.example/v1').expect(200);
  });

  it('gives every answer an id, and takes a valid one from the caller', async () => {
    await start();
    const own = await get('/livez').expect(200);
    expect(own.headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(own.headers['cache-control']).toBe('no-cache, private');
    const given = await get('/livez').set('audit-id', 'abc-123').expect(200);
    expect(given.headers['audit-id']).toBe('abc-123');
    const odd = await get('/livez').set('x-request-id', 'no spaces, please').expect(200);
    expect(odd.headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('compresses large answers for clients that accept it', async () => {
    await start();
    const color = 'x'.repeat(200_000);
    await api
      .request('post', widgetsPath)
      .send(widget('big', { spec: { color } }))
      .expect(201);
    const large = await get(`${widgetsPath}/big`)
      .set('accept-encoding', 'gzip')
      .buffer(true)
      .parse((response, done) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          done(null, Buffer.concat(chunks));
        });
      });
    expect(large.headers['content-encoding']).toBe('gzip');
    expect(Number(large.headers['content-length'])).toBeLessThan(10_000);
    const plain = await get(`${widgetsPath}/big`).set('accept-encoding', 'identity').expect(200);
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.text).toHaveLength(Number(plain.headers['content-length']));
    // superagent decompresses by itself if the header says gzip
    const bytes = bodyOf(large) as Buffer;
    expect(bytes[0] === 0x1f ? gunzipSync(bytes).toString() : bytes.toString()).toBe(plain.text);
    const refused = await get(`${widgetsPath}/big`).set('accept-encoding', 'gzip;q=0').expect(200);
    expect(refused.headers['content-encoding']).toBeUndefined();
  });
});

describe('impersonation', () => {
  it.each([
    ['Impersonate-User', 'bob'],
    ['impersonate-group', 'system:masters'],
    ['Impersonate-Uid', '7'],
    ['Impersonate-Extra-Scopes', 'all'],
  ])('is refused, for nobody is taken for somebody else: %s', async (header, value) => {
    await start();
    const refused = await get(widgetsPath).set(header, value).expect(403);
    expect(refused.body).toMatchObject({ kind: 'Status', reason: 'Forbidden', code: 403 });
    expect((bodyOf(refused) as { message: string }).message).toContain(
      `User "admin" cannot impersonate${header === 'Impersonate-User' ? ' user "bob"' : ''}: this server does not support`,
    );
    await api.request('post', widgetsPath).set(header, value).send(widget('a')).expect(403);
    await get(`${widgetsPath}/a`).expect(404);
  });
});

describe('subresources of other kinds', () => {
  it('are read, updated and patched in their own kind', async () => {
    const { schemas } = await import('../support/api.ts');
    const { createResourceSchema } = await import('../../src/schema/index.ts');
    let replicas = 1;
    const show = (name: string) => ({
      apiVersion: 'demo.example/v1',
      kind: 'Ratio',
      metadata: { name, namespace: 'default' },
      spec: { replicas },
    });
    await start({
      subresources: {
        ratio: {
          type: 'object',
          group: 'demo.example',
          version: 'v1',
          kind: 'Ratio',
          schema: createResourceSchema('demo.v1.Ratio', schemas),
          get: (_, { name }) => Promise.resolve(show(name)),
          update: async (_, { name }, transform) => {
            const wanted = (await transform(show(name))) as ReturnType<typeof show>;
            ({ replicas } = wanted.spec);
            return show(name);
          },
        },
        log: {
          type: 'text',
          async *get(_, { name }, query) {
            await Promise.resolve();
            if (name === 'none') throw new Error('never began');
            yield `log of ${name}\n`;
            yield `tail ${query.get('tailLines') ?? 'all'}\n`;
          },
        },
        knock: {
          type: 'action',
          group: 'demo.example',
          version: 'v1',
          kind: 'Knock',
          schema: createResourceSchema('demo.v1.Knock', schemas),
          create: (_, target, body) => Promise.resolve({ ...body, metadata: { ...body.metadata, ...target } }),
        },
        exec: { type: 'refused', message: 'nothing to run in' },
      },
    });
    const path = `${widgetsPath}/a`;
    expect(bodyOf(await get(`${path}/ratio`).expect(200))).toEqual(show('a'));
    const ratio = { metadata: { name: 'a' }, spec: { replicas: 4 } };
    expect(bodyOf(await api.request('put', `${path}/ratio`).send(ratio).expect(200))).toMatchObject(ratio);
    const patched = await api
      .request('patch', `${path}/ratio`)
      .set('content-type', 'application/merge-patch+json')
      .send('{"spec":{"replicas":6}}')
      .expect(200);
    expect(bodyOf(patched)).toEqual(show('a'));
    expect(replicas).toBe(6);
    await api.request('post', `${path}/ratio`).send(ratio).expect(405);

    const log = await get(`${path}/log?tailLines=3`).expect(200);
    expect(log.text).toBe('log of a\ntail 3\n');
    expect(log.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(bodyOf(await get(`${widgetsPath}/none/log`).expect(500))).toMatchObject({ kind: 'Status' });

    const knocked = await api.request('post', `${path}/knock`).send({ reason: 'why not' }).expect(201);
    expect(bodyOf(knocked)).toMatchObject({ kind: 'Knock', reason: 'why not', metadata: { name: 'a' } });
    await api.request('post', `${path}/knock`).send({ kind: 'Widget' }).expect(400);
    await get(`${path}/knock`).expect(405);

    for (const method of ['get', 'post', 'put', 'patch', 'delete'] as const) {
      const refused = await api.request(method, `${path}/exec?command=ls`).expect(405);
      expect(bodyOf(refused)).toMatchObject({
        kind: 'Status',
        reason: 'MethodNotAllowed',
        message: 'nothing to run in',
      });
    }
    const discovered = await get('/apis/demo.example/v1').expect(200);
    expect(discovered.text).toContain('"widgets/knock"');
    expect(discovered.text).not.toContain('exec');
    expect((await get('/openapi/v3/apis/demo.example/v1').expect(200)).text).not.toContain('/exec');
  });
});
