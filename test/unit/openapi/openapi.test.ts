import { describe, expect, it } from 'vitest';
import { createOpenApiHandlers } from '../../../src/apiserver/openapi/index.ts';
import type { Operation } from '../../../src/apiserver/openapi/contract.ts';
import type { OpenApiSchema } from '../../../src/schema/contract.ts';
import { everything } from '../discovery/definitions.ts';
import { schemas } from '../schema/thing.ts';
import { core, fieldsOf, index, info, server, things, withDocuments } from './openapi-fixture.ts';

withDocuments();

describe('/openapi/v3', () => {
  it('lists every group version with a URL that contains its hash', () => {
    expect(Object.keys(index.paths)).toEqual(['api/v1', 'apis/example.com/v1']);
    expect(index.paths['api/v1']?.serverRelativeURL).toMatch(/^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]{128}$/);
  });

  it('is sent with the content type text/plain', async () => {
    expect((await server.get('/openapi/v3', { Accept: 'text/html' })).headers.get('content-type')).toBe(
      'text/plain; charset=utf-8',
    );
  });
});

describe('the document of a group version', () => {
  const url = (): string => index.paths['apis/example.com/v1']?.serverRelativeURL ?? '';

  it('may be cached for a year at the URL with its hash, and not at the URL without it', async () => {
    const hashed = await server.get(url());
    expect(hashed.headers.get('cache-control')).toBe('public, immutable, max-age=31536000');
    expect(hashed.headers.get('etag')).toBe(`"${url().split('hash=')[1] ?? ''}"`);
    expect((await server.get('/openapi/v3/apis/example.com/v1')).headers.get('cache-control')).toBe(
      'no-cache, private',
    );
  });

  it('is not sent again to a client that has it', async () => {
    const etag = (await server.get(url())).headers.get('etag') ?? '';
    const again = await server.get(url(), { 'If-None-Match': etag });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  // If an aggregated server redirects, kube-apiserver answers with 502.
  it('is sent without a redirect for a wrong hash, and may not be cached', async () => {
    const answer = await server.get('/openapi/v3/apis/example.com/v1?hash=FOO');
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-cache, private']);
    expect(await answer.text()).toBe(await (await server.get(url())).text());
  });

  const protobuf = 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf';
  const askedByClients = 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf';

  it.each([protobuf, askedByClients])('is available as %s, with all schemas of the JSON form', async (accept) => {
    const answer = await server.get(url(), { Accept: accept });
    expect(answer.headers.get('content-type')).toBe(protobuf);
    const components = fieldsOf(Buffer.from(await answer.arrayBuffer()), 5).flatMap((field) => fieldsOf(field, 1));
    const names = components.flatMap((field) => fieldsOf(field, 1)).flatMap((field) => fieldsOf(field, 1));
    expect(names.map(String)).toEqual(Object.keys(things.components.schemas));
  });

  it('has the same hash and URL for both forms', async () => {
    const json = await server.get(url(), { Accept: 'application/json' });
    const binary = await server.get(url(), { Accept: protobuf });
    expect([binary.status, binary.headers.get('etag')]).toEqual([200, json.headers.get('etag')]);
    expect(binary.headers.get('vary')).toContain('Accept');
    expect(binary.headers.get('cache-control')).toBe(json.headers.get('cache-control'));
  });

  it.each([
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    [`application/json;q=0.1, ${askedByClients}`, protobuf],
    [`${protobuf}, application/json`, protobuf],
    ['application/x, */*;q=0.1', 'application/json'],
  ])('is sent for Accept: %s as %s', async (accept, contentType) => {
    expect((await server.get(url(), { Accept: accept })).headers.get('content-type')).toBe(contentType);
  });

  it('is not available in other forms: 406', async () => {
    for (const accept of [
      'text/html',
      'application/yaml',
      'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
    ]) {
      expect((await server.get(url(), { Accept: accept })).status).toBe(406);
    }
  });

  it('has all paths of every resource', () => {
    expect(
      Object.entries(things.paths).map(([path, item]) => [
        path,
        Object.keys(item).filter((key) => key !== 'parameters'),
      ]),
    ).toEqual([
      ['/apis/example.com/v1/namespaces/{namespace}/things', ['get', 'post', 'delete']],
      ['/apis/example.com/v1/namespaces/{namespace}/things/{name}', ['get', 'put', 'patch', 'delete']],
      ['/apis/example.com/v1/namespaces/{namespace}/things/{name}/parts', ['get']],
      ['/apis/example.com/v1/namespaces/{namespace}/things/{name}/scale', ['get', 'put', 'patch']],
      ['/apis/example.com/v1/namespaces/{namespace}/things/{name}/status', ['get', 'put', 'patch']],
      ['/apis/example.com/v1/namespaces/{namespace}/thingviews', ['get']],
      ['/apis/example.com/v1/namespaces/{namespace}/thingviews/{name}', ['get']],
      ['/apis/example.com/v1/things', ['get']],
      ['/apis/example.com/v1/thingviews', ['get']],
      ['/apis/example.com/v1/watch/namespaces/{namespace}/things', ['get']],
      ['/apis/example.com/v1/watch/namespaces/{namespace}/things/{name}', ['get']],
      ['/apis/example.com/v1/watch/namespaces/{namespace}/thingviews', ['get']],
      ['/apis/example.com/v1/watch/namespaces/{namespace}/thingviews/{name}', ['get']],
      ['/apis/example.com/v1/watch/things', ['get']],
      ['/apis/example.com/v1/watch/thingviews', ['get']],
    ]);
    expect(Object.keys(core.paths)).toContain('/api/v1/nodes/{name}');
    expect(
      core.paths['/api/v1/namespaces/{namespace}/pods/{name}/binding']?.post?.['x-kubernetes-group-version-kind']?.kind,
    ).toBe('Binding');
    expect(core.paths['/api/v1/namespaces/{namespace}/pods/{name}/log']?.get?.responses['200']?.content).toEqual({
      'text/plain': { schema: { type: 'string' } },
    });
  });

  it('describes a patch with the fields that kubectl reads', () => {
    const patch = things.paths['/apis/example.com/v1/namespaces/{namespace}/things/{name}']?.patch as Operation;
    expect(patch['x-kubernetes-group-version-kind']).toEqual({ group: 'example.com', version: 'v1', kind: 'Thing' });
    expect(patch['x-kubernetes-action']).toBe('patch');
    expect(patch.operationId).toBe('patchExampleComV1NamespacedThing');
    expect(patch.parameters?.map(({ name }) => name)).toEqual(['dryRun', 'fieldManager', 'fieldValidation', 'force']);
    expect(Object.keys(patch.requestBody?.content ?? {})).toEqual([
      'application/json-patch+json',
      'application/merge-patch+json',
      'application/strategic-merge-patch+json',
      'application/apply-patch+yaml',
    ]);
  });

  it('lists the deprecated paths of watches as Kubernetes does', () => {
    const described = ['namespaces/{namespace}/things/{name}', 'namespaces/{namespace}/things', 'things'].map(
      (path) => {
        const get = things.paths[`/apis/example.com/v1/watch/${path}`]?.get as Operation;
        return [get.operationId, get['x-kubernetes-action'], get.description];
      },
    );
    const list =
      "watch individual changes to a list of Thing. deprecated: use the 'watch' parameter with a list operation";
    expect(described).toEqual([
      [
        'watchExampleComV1NamespacedThing',
        'watch',
        "watch changes to an object of kind Thing. deprecated: use the 'watch' parameter with a list operation instead, filtered to a single item with the 'fieldSelector' parameter.",
      ],
      ['watchExampleComV1NamespacedThingList', 'watchlist', `${list} instead.`],
      ['watchExampleComV1ThingListForAllNamespaces', 'watchlist', `${list} instead.`],
    ]);
    const { responses } = things.paths['/apis/example.com/v1/watch/things']?.get as Operation;
    expect(responses['200']?.content?.['application/json;stream=watch']).toEqual({
      schema: { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent' },
    });
  });

  it('has a different ID for each operation', () => {
    const ids = [things, core].flatMap((document) =>
      Object.values(document.paths).flatMap((item) =>
        Object.values(item).flatMap((operation) => ('operationId' in operation ? [operation.operationId] : [])),
      ),
    );
    expect(ids.length).toBeGreaterThan(20);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('contains exactly the schemas that it refers to', () => {
    for (const document of [things, core]) {
      const text = JSON.stringify(document);
      const names = new Set([...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]));
      expect(Object.keys(document.components.schemas).filter((name) => !names.has(name))).toEqual([]);
      expect([...names].filter((name) => document.components.schemas[name ?? ''] === undefined)).toEqual([]);
    }
    expect(Object.keys(things.components.schemas)).toContain('io.k8s.api.core.v1.Container');
    expect(Object.keys(things.components.schemas)).not.toContain('io.k8s.api.core.v1.Node');
  });

  it('has each kind with its group, version and kind, its metadata, and its list', () => {
    const kind = things.components.schemas['com.example.v1.Thing'] as OpenApiSchema;
    expect(kind['x-kubernetes-group-version-kind']).toEqual([
      { group: 'example.com', kind: 'Thing', version: 'v1' },
      { group: 'example.com', kind: 'ThingView', version: 'v1' },
    ]);
    expect(kind.properties?.['metadata']?.$ref).toMatch(/ObjectMeta$/);
    expect(kind.properties?.['kind']?.description).toMatch(/REST resource/);
    const list = things.components.schemas['com.example.v1.ThingList'];
    expect(list?.['x-kubernetes-group-version-kind']).toEqual([
      { group: 'example.com', kind: 'ThingList', version: 'v1' },
    ]);
    expect(list?.properties?.['items']?.items).toEqual({ $ref: '#/components/schemas/com.example.v1.Thing' });
  });

  it('has string types inline, with the values of their enum, as kubectl explain needs it', () => {
    const state = things.components.schemas['com.example.v1.Part']?.properties?.['state'];
    expect(state).toEqual({ type: 'string', description: 'how it is', enum: ['good', 'bad'], nullable: true });
    const states = things.components.schemas['com.example.v1.Part']?.properties?.['states'];
    expect(states?.items).toEqual({ type: 'string', description: 'State is one of two.', enum: ['good', 'bad'] });
    expect(things.components.schemas['com.example.v1.State']).toBeUndefined();
    const spec = things.components.schemas['com.example.v1.Thing']?.properties?.['spec'];
    expect(spec?.properties?.['cpu']?.$ref).toMatch(/Quantity$/);
    expect(spec?.properties?.['part']?.allOf?.[0]?.$ref).toMatch(/Part$/);
  });

  it('has the extensions of Kubernetes, such as merge keys, and no internal extensions', () => {
    const spec = things.components.schemas['com.example.v1.Thing']?.properties?.['spec'];
    expect(spec?.properties?.['map']).toMatchObject({
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-patch-merge-key': 'id',
    });
    expect(things.components.schemas['com.example.v1.Part']).toHaveProperty('properties');
    expect(JSON.stringify(things)).not.toContain('x-internal');
    expect(core.components.schemas['io.k8s.api.core.v1.ServicePort']).toBeUndefined();
  });
});

it('has no documents at other paths, and builds no document before a request', () => {
  const broken = {
    ...everything[2],
    schema: { ...everything[2]?.schema, name: 'x.Nothing' },
  } as (typeof everything)[0];
  const handlers = createOpenApiHandlers([broken], schemas, info);
  expect(handlers('/openapi')).toBeUndefined();
  expect(handlers('/openapi/v3/apis/other/v1')).toBeUndefined();
  expect(handlers('/openapi/v3/')).toBeDefined();
});
