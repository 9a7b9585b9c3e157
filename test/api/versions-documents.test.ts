/** What clients are told about a resource with two versions: discovery, OpenAPI, deprecation. */
import { afterEach, describe, expect, it } from 'vitest';
import { bodyOf, type Api } from '../support/api.ts';
import { gadget, gadgetV1, startedGadgets, v1, v1beta1, type GadgetOptions } from '../support/gadgets.ts';

let api: Api;
afterEach(() => api.stop());
const start = async (options?: GadgetOptions): Promise<void> => {
  api = await startedGadgets({}, options);
};
const get = async <T>(path: string, accept = 'application/json'): Promise<T> =>
  bodyOf(await api.request('get', path).set('accept', accept).expect(200)) as T;

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly storageVersionHash?: string;
}

describe('discovery', () => {
  it('has both versions, the stable one first and preferred', async () => {
    await start();
    const group = await get<{ versions: { version: string }[]; preferredVersion: object }>('/apis/gadgets.example');
    expect(group.versions.map(({ version }) => version)).toEqual(['v1', 'v1beta1']);
    expect(group.preferredVersion).toEqual({ groupVersion: 'gadgets.example/v1', version: 'v1' });
    const { groups } = await get<{ groups: object[] }>('/apis');
    expect(groups).toEqual([expect.objectContaining({ preferredVersion: group.preferredVersion })]);
    const { paths } = await get<{ paths: string[] }>('/');
    expect(paths).toEqual(expect.arrayContaining(['/apis/gadgets.example/v1', '/apis/gadgets.example/v1beta1']));
  });

  it('lists the resource and its subresources in each, stored in one', async () => {
    await start();
    const [hub, other] = await Promise.all(
      ['v1beta1', 'v1'].map((one) => get<{ resources: Resource[] }>(`/apis/gadgets.example/${one}`)),
    );
    for (const list of [hub, other])
      expect(list?.resources.map(({ name }) => name)).toEqual(['gadgets', 'gadgets/scale', 'gadgets/status']);
    const hash = hub?.resources[0]?.storageVersionHash;
    expect(hash).toMatch(/^.{11}=$/);
    expect(other?.resources[0]?.storageVersionHash).toBe(hash);
    await api.stop();
    await start({ storageVersion: 'v1' });
    const moved = await get<{ resources: Resource[] }>('/apis/gadgets.example/v1beta1');
    expect(moved.resources[0]?.storageVersionHash).not.toBe(hash);
  });

  it('has both in its aggregated form, in the same order', async () => {
    await start();
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const { items } = await get<{
      items: { versions: { version: string; resources: { responseKind: object }[] }[] }[];
    }>('/apis', accept);
    expect(items.map(({ versions }) => versions.map(({ version }) => version))).toEqual([['v1', 'v1beta1']]);
    expect(items[0]?.versions.map(({ resources }) => resources[0]?.responseKind)).toEqual(
      ['v1', 'v1beta1'].map((version) => ({ group: 'gadgets.example', version, kind: 'Gadget' })),
    );
  });

  it('leaves out a version that is not served, whose objects are still read', async () => {
    await start({ served: false, storageVersion: 'v1beta1' });
    const group = await get<{ versions: { version: string }[] }>('/apis/gadgets.example');
    expect(group.versions.map(({ version }) => version)).toEqual(['v1']);
    await api.request('get', v1beta1).expect(404);
    await api
      .request('post', v1)
      .send(gadgetV1('one', { count: 2 }))
      .expect(201);
    expect(await get(`${v1}/one`)).toMatchObject({ spec: { count: 2 } });
  });
});

describe('OpenAPI', () => {
  it('has a document of each version, with its schema, paths and kinds', async () => {
    await start();
    const { text } = await api.request('get', '/openapi/v3').expect(200);
    const { paths } = JSON.parse(text) as { paths: Record<string, object> };
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['apis/gadgets.example/v1', 'apis/gadgets.example/v1beta1']),
    );
    for (const [version, other] of [
      ['v1', 'v1beta1'],
      ['v1beta1', 'v1'],
    ] as const) {
      const document = await get<{ paths: object; components: { schemas: Record<string, Record<string, unknown>> } }>(
        `/openapi/v3/apis/gadgets.example/${version}`,
      );
      const schemas = document.components.schemas;
      expect(Object.keys(schemas)).toContain(`example.gadgets.${version}.Gadget`);
      expect(Object.keys(schemas)).not.toContain(`example.gadgets.${other}.Gadget`);
      expect(schemas[`example.gadgets.${version}.Gadget`]?.['x-kubernetes-group-version-kind']).toEqual([
        { group: 'gadgets.example', version, kind: 'Gadget' },
      ]);
      const root = `/apis/gadgets.example/${version}/namespaces/{namespace}/gadgets`;
      expect(Object.keys(document.paths)).toEqual(
        expect.arrayContaining([root, `${root}/{name}`, `${root}/{name}/scale`, `${root}/{name}/status`]),
      );
    }
    const swagger = await get<{ definitions: object; paths: object }>('/openapi/v2');
    expect(Object.keys(swagger.definitions)).toEqual(
      expect.arrayContaining(['example.gadgets.v1.Gadget', 'example.gadgets.v1beta1.Gadget']),
    );
  });
});

describe('a deprecated version', () => {
  const warningOf = async (path: string): Promise<unknown> => (await api.request('get', path)).headers['warning'];

  it('says so in every answer, and what to use', async () => {
    await start({ deprecated: {} });
    const text = '299 - "gadgets.example/v1beta1 Gadget is deprecated; use gadgets.example/v1 Gadget"';
    for (const path of [v1beta1, `${v1beta1}/none`, `${v1beta1}?limit=0`]) expect(await warningOf(path)).toBe(text);
    const created = await api.request('post', v1beta1).send(gadget('one')).expect(201);
    expect(created.headers['warning']).toBe(text);
    expect(await warningOf(`${v1beta1}/one/scale`)).toBe(text);
    expect(await warningOf(v1)).toBeUndefined();
  });

  it('is counted when it is requested, with the subresources that are there', async () => {
    await start({ deprecated: {} });
    const counted = async (): Promise<string[]> => {
      const { text } = await api.request('get', '/metrics').expect(200);
      return text.split('\n').filter((line) => line.startsWith('apiserver_requested_deprecated_apis'));
    };
    const series = (subresource: string): string =>
      `apiserver_requested_deprecated_apis{group="gadgets.example",version="v1beta1",resource="gadgets",subresource="${subresource}",removed_release=""} 1`;
    await api.request('get', v1).expect(200);
    expect(await counted()).toEqual([]);
    await api.request('get', v1beta1).expect(200);
    await api.request('get', `${v1beta1}/none/scale`).expect(404);
    await api.request('get', `${v1beta1}/none/invented`).expect(404);
    expect(await counted()).toEqual([series(''), series('scale')]);
  });

  it('has its own words, and names only a version that is better', async () => {
    await start({ v1: { deprecated: { warning: 'go away' } }, deprecated: {} });
    expect(await warningOf(v1)).toBe('299 - "go away"');
    expect(await warningOf(v1beta1)).toBe('299 - "gadgets.example/v1beta1 Gadget is deprecated"');
  });
});
