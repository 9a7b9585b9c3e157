import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDiscovery, createDiscoveryHandlers } from '../../../src/apiserver/discovery/index.ts';
import { everything, group } from './definitions.ts';
import { serve, type Served } from './serve.ts';

const v2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const v2beta1 = v2.replace('v=v2', 'v=v2beta1');
const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

describe('the documents of discovery', () => {
  const discovery = createDiscovery(everything, { serverAddress: '127.0.0.1:6443' });

  it('list groups with their preferred version', () => {
    const versions = [{ groupVersion: 'example.com/v1', version: 'v1' }];
    const example = { name: 'example.com', versions, preferredVersion: versions[0] };
    expect(discovery.apis()).toEqual({ kind: 'APIGroupList', apiVersion: 'v1', groups: [example] });
    expect(discovery.group('example.com')).toEqual({ kind: 'APIGroup', apiVersion: 'v1', ...example });
    expect(discovery.group('nope')).toBeUndefined();
    expect(discovery.group('')).toBeUndefined();
  });

  it('tell the versions of the core group apart from the others', () => {
    expect(discovery.api()).toEqual({
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '127.0.0.1:6443' }],
    });
    expect(createDiscovery(group).api()).toBeUndefined();
  });

  it('list resources with their subresources, kinds, verbs and names', () => {
    expect(discovery.version('example.com', 'v1')).toEqual({
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: 'example.com/v1',
      resources: [
        {
          name: 'things',
          singularName: 'thing',
          namespaced: true,
          kind: 'Thing',
          verbs: allVerbs,
          shortNames: ['th'],
          categories: ['all'],
          storageVersionHash: 'MkkTy7bNlnM=',
        },
        { name: 'things/parts', singularName: '', namespaced: true, kind: 'Part', verbs: ['get'] },
        {
          name: 'things/scale',
          singularName: '',
          namespaced: true,
          group: 'autoscaling',
          version: 'v1',
          kind: 'Scale',
          verbs: ['get', 'patch', 'update'],
        },
        { name: 'things/status', singularName: '', namespaced: true, kind: 'Thing', verbs: ['get', 'patch', 'update'] },
        {
          name: 'thingviews',
          singularName: 'thingview',
          namespaced: true,
          kind: 'ThingView',
          verbs: ['get', 'list', 'watch'],
        },
      ],
    });
    expect(discovery.version('', 'v1')?.resources.map(({ name, kind, verbs }) => [name, kind, verbs.length])).toEqual([
      ['pods', 'Pod', 8],
      ['pods/binding', 'Binding', 1],
      ['pods/log', 'Pod', 1],
      ['nodes', 'Node', 8],
    ]);
    expect(discovery.version('example.com', 'v2')).toBeUndefined();
  });

  it('hash the storage version as Kubernetes does', () => {
    const hash = discovery.version('', 'v1')?.resources.find(({ name }) => name === 'nodes')?.storageVersionHash;
    expect(hash).toBe('XwShjMxG9Fs=');
  });

  it('aggregate everything into one', () => {
    expect(discovery.aggregated('apis')).toMatchObject({
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
      metadata: {},
      items: [
        {
          metadata: { name: 'example.com' },
          versions: [
            {
              version: 'v1',
              freshness: 'Current',
              resources: [
                {
                  resource: 'things',
                  responseKind: { group: 'example.com', version: 'v1', kind: 'Thing' },
                  scope: 'Namespaced',
                  singularResource: 'thing',
                  verbs: allVerbs,
                  shortNames: ['th'],
                  categories: ['all'],
                  subresources: [
                    {
                      subresource: 'parts',
                      responseKind: { group: 'example.com', version: 'v1', kind: 'Part' },
                      verbs: ['get'],
                    },
                    {
                      subresource: 'scale',
                      responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
                      verbs: ['get', 'patch', 'update'],
                    },
                    {
                      subresource: 'status',
                      responseKind: { group: 'example.com', version: 'v1', kind: 'Thing' },
                      verbs: ['get', 'patch', 'update'],
                    },
                  ],
                },
                { resource: 'thingviews' },
              ],
            },
          ],
        },
      ],
    });
    expect(discovery.aggregated('api')).toMatchObject({
      items: [{ metadata: {}, versions: [{ resources: [{}, { scope: 'Cluster' }] }] }],
    });
  });
});

describe('discovery over HTTP', () => {
  let server: Served;
  beforeAll(async () => {
    server = await serve(createDiscoveryHandlers(everything));
  });
  afterAll(() => {
    server.close();
  });

  it.each([
    ['/api', 'APIVersions'],
    ['/api/v1', 'APIResourceList'],
    ['/apis', 'APIGroupList'],
    ['/apis/', 'APIGroupList'],
    ['/apis/example.com', 'APIGroup'],
    ['/apis/example.com/', 'APIGroup'],
    ['/apis/example.com/v1', 'APIResourceList'],
  ])('%s is an %s, as JSON or YAML', async (path, kind) => {
    const json = await server.get(path, { Accept: 'application/json' });
    expect([json.status, json.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await json.json()).toMatchObject({ kind });
    const yaml = await server.get(path, { Accept: 'application/yaml' });
    expect(yaml.headers.get('content-type')).toBe('application/yaml');
    expect(await yaml.text()).toContain(`\nkind: ${kind}\n`.replace(path === '/api' ? '\n' : '', ''));
  });

  it.each(['/apis/nope', '/apis/example.com/v2', '/api/v2', '/', '/apis/constructor'])(
    '%s is nothing of it',
    async (path) => {
      expect((await server.get(path)).status).toBe(404);
    },
  );

  it('has no /api where nothing of the core group is served', () => {
    const handlers = createDiscoveryHandlers(group);
    expect(handlers('/api')).toBeUndefined();
    expect(handlers('/api/v1')).toBeUndefined();
    expect(handlers('/apis')).toBeDefined();
  });

  it.each(['/apis', '/api'])('%s comes aggregated to those who ask, with an ETag', async (path) => {
    const first = await server.get(path, { Accept: `${v2},application/json` });
    expect([first.status, first.headers.get('content-type')]).toEqual([200, v2]);
    expect([first.headers.get('vary'), first.headers.get('cache-control')]).toEqual(['Accept', 'public']);
    expect(await first.json()).toMatchObject({ kind: 'APIGroupDiscoveryList' });
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[0-9A-F]{128}"$/);
    const second = await server.get(path, { Accept: v2, 'If-None-Match': `"x", W/${etag}` });
    expect([second.status, second.headers.get('etag'), await second.text()]).toEqual([304, etag, '']);
    const other = await server.get(path, { Accept: v2, 'If-None-Match': '"x"' });
    expect([other.status, (await other.text()).length > 0]).toEqual([200, true]);
  });

  it.each([`application/json, ${v2}`, `*/*, ${v2}`, `application/json;q=0.9, ${v2};q=0.5`])(
    'comes aggregated to whoever takes it, even if they would like another form better: %s',
    async (accept) => {
      const answer = await server.get('/apis', { Accept: accept });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, v2]);
    },
  );

  it('can be aggregated YAML', async () => {
    const answer = await server.get('/apis', { Accept: v2.replace('json', 'yaml') });
    expect(answer.headers.get('content-type')).toBe(v2.replace('json', 'yaml'));
    expect(await answer.text()).toMatch(/^apiVersion: apidiscovery.k8s.io\/v2\n/);
  });

  it('no longer has v2beta1: 406 alone, the legacy form beside JSON', async () => {
    expect((await server.get('/apis', { Accept: v2beta1 })).status).toBe(406);
    const answer = await server.get('/apis', { Accept: `${v2beta1},application/json` });
    expect([answer.status, ((await answer.json()) as { kind: string }).kind]).toEqual([200, 'APIGroupList']);
  });

  it.each([
    ['/apis', 'text/html'],
    ['/apis', 'application/json;as=Table;v=v1;g=meta.k8s.io'],
    ['/apis/example.com', v2],
    ['/apis/example.com/v1', v2],
    ['/api/v1', 'application/vnd.kubernetes.protobuf'],
  ])('%s is not to be had as %s: 406', async (path, accept) => {
    const answer = await server.get(path, { Accept: accept });
    expect([answer.status, ((await answer.json()) as { reason: string }).reason]).toEqual([406, 'NotAcceptable']);
  });

  it('answers HEAD without a body and refuses to be written to', async () => {
    expect((await server.get('/apis', {}, 'HEAD')).status).toBe(200);
    expect((await server.get('/apis', {}, 'POST')).status).toBe(405);
    expect((await server.get('/apis/example.com/v1', {}, 'DELETE')).status).toBe(405);
  });
});
