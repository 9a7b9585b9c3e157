import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createZPages, type ZPageOptions } from '../../../src/apiserver/zpages/index.ts';
import { serve, type Served } from '../discovery/serve.ts';

const options: ZPageOptions = {
  name: 'kubedirector',
  binaryVersion: '0.1.0',
  goVersion: 'node24.1.0',
  emulationVersion: '1.37',
  startedAt: new Date('2026-11-29T01:02:03.456Z'),
  flags: { port: '7443', data: './d', 'tls-name': '[a,b]' },
  paths: ['/healthz', '/livez', '/livez/ping', '/metrics', '/openapi/v2', '/apis', '/apis/x', '/api/v1', '/version'],
  clock: { now: () => new Date('2026-11-30T03:07:12Z') },
  random: () => 0.3,
};
const notice =
  'Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for ' +
  'debugging purposes only.';
const statusz = 'application/json;v=v1beta1;g=config.k8s.io;as=Statusz';
const flagz = 'application/json;v=v1beta1;g=config.k8s.io;as=Flagz';
let server: Served;

beforeAll(async () => {
  server = await serve(createZPages(options));
});
afterAll(() => {
  server.close();
});

describe('/statusz', () => {
  it('is text for people', async () => {
    const answer = await server.get('/statusz', { Accept: '*/*' });
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await answer.text()).toBe(
      [
        ...['', 'kubedirector statusz', notice, ''],
        'Started:  Sun Nov 29 01:02:03 UTC 2026',
        'Up:  26 hr 05 min 08 sec',
        'Go version:  node24.1.0',
        'Binary version:  0.1.0',
        'Emulation version:  1.37',
        'Paths:  /healthz /livez /metrics /version',
        '',
      ].join('\n'),
    );
  });

  it.each(['v1beta1', 'v1alpha1'])('is an object of %s to who asks for one', async (version) => {
    const answer = await server.get('/statusz', { Accept: statusz.replace('v1beta1', version) });
    expect(answer.headers.get('content-type')).toBe(`application/json;g=config.k8s.io;v=${version};as=Statusz`);
    expect(await answer.json()).toEqual({
      kind: 'Statusz',
      apiVersion: `config.k8s.io/${version}`,
      metadata: { name: 'kubedirector' },
      startTime: '2026-11-29T01:02:03Z',
      uptimeSeconds: 93_908,
      goVersion: 'node24.1.0',
      binaryVersion: '0.1.0',
      emulationVersion: '1.37',
      paths: ['/healthz', '/livez', '/metrics', '/version'],
    });
  });

  it('is never younger than its process, though the clock was set back', async () => {
    const early = { ...options, clock: { now: () => new Date('2026-11-01T00:00:00Z') } };
    const other = await serve(createZPages(early));
    const answer = await other.get('/statusz', { Accept: statusz });
    expect(await answer.json()).toMatchObject({ uptimeSeconds: 0 });
    other.close();
  });
});

describe('/flagz', () => {
  it('is a sorted line for each flag', async () => {
    const text = await (await server.get('/flagz', { Accept: 'text/plain' })).text();
    expect(text).toBe(`\nkubedirector flagz\n${notice}\ndata: ./d\nport: 7443\ntls-name: [a,b]\n`);
  });

  it('is an object in JSON, indented JSON or YAML', async () => {
    const object = {
      kind: 'Flagz',
      apiVersion: 'config.k8s.io/v1beta1',
      metadata: { name: 'kubedirector' },
      flags: options.flags,
    };
    expect(await (await server.get('/flagz', { Accept: flagz })).json()).toEqual(object);
    const indented = await (await server.get('/flagz?pretty=true', { Accept: flagz })).text();
    expect(indented).toContain('\n  "kind": "Flagz"');
    const yaml = await server.get('/flagz', { Accept: flagz.replace('json', 'yaml') });
    expect(yaml.headers.get('content-type')).toBe('application/yaml;g=config.k8s.io;v=v1beta1;as=Flagz');
    expect(parse(await yaml.text())).toEqual(object);
  });

  it('is nowhere where there is no command line', () => {
    const { name, binaryVersion, goVersion, emulationVersion, startedAt, paths, clock, random } = options;
    const pages = createZPages({ name, binaryVersion, goVersion, emulationVersion, startedAt, paths, clock, random });
    expect(pages('/flagz')).toBeUndefined();
    expect(pages('/statusz')).toBeDefined();
  });
});

describe('the form', () => {
  it.each([
    ['', 'text/plain; charset=utf-8'],
    ['text/*', 'text/plain; charset=utf-8'],
    ['application/json, text/plain', 'text/plain; charset=utf-8'],
    [`${statusz};q=0.5, text/plain;q=0.1`, 'application/json;g=config.k8s.io;v=v1beta1;as=Statusz'],
    ['application/json;v=v9;g=config.k8s.io;as=Statusz, */*', 'text/plain; charset=utf-8'],
    ['*/*;v=v1beta1;g=config.k8s.io;as=Statusz', 'application/json;g=config.k8s.io;v=v1beta1;as=Statusz'],
  ])('of an answer to Accept: %s is %s', async (accept, contentType) => {
    const answer = await server.get('/statusz', { Accept: accept });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, contentType]);
  });

  it.each([
    'application/json',
    'application/yaml',
    'text/html',
    flagz,
    'application/json;v=v1;g=config.k8s.io;as=Statusz',
    'text/plain;v=v1beta1;g=config.k8s.io;as=Statusz',
    `${statusz};stream=watch`,
  ])('is refused to Accept: %s', async (accept) => {
    const answer = await server.get('/statusz', { Accept: accept });
    expect(answer.status).toBe(406);
    expect(await answer.json()).toMatchObject({
      reason: 'NotAcceptable',
      message: 'only the following media types are accepted: application/json, application/yaml, text/plain',
    });
  });
});
