/** Empty or repeated metadata. The answers and their words are those of a kube-apiserver 1.37. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Api, widget, widgetsPath, type Widget } from '../support/api.ts';

let api: Api;
beforeEach(async () => {
  api = await Api.started();
});
afterEach(() => api.stop());

const one = `${widgetsPath}/a`;
const withMetadata = (metadata: object): object => ({ ...widget('a'), metadata: { name: 'a', ...metadata } });
const post = (metadata: object, query = '') => api.request('post', widgetsPath + query).send(withMetadata(metadata));
const put = (metadata: object) => api.request('put', one).send(withMetadata(metadata));
const merge = (metadata: object) =>
  api.request('patch', one).set('content-type', 'application/merge-patch+json').send(JSON.stringify({ metadata }));
const metadataOf = ({ body }: { body: unknown }): Widget['metadata'] => (body as Widget).metadata;
const warningsOf = ({ headers }: { headers: unknown }): string =>
  ((headers as Partial<Record<string, string>>)['warning'] ?? '').replaceAll('\\"', '"');

describe('empty metadata', () => {
  it.each([{ labels: {} }, { annotations: {} }, { finalizers: [] }, { ownerReferences: [] }, { managedFields: [] }])(
    'counts as absent, and causes no write: %j',
    async (empty) => {
      const created = metadataOf(await post(empty).expect(201));
      expect(created).not.toHaveProperty(Object.keys(empty)[0] ?? '');
      for (const answer of [await put(empty).expect(200), await merge(empty).expect(200)]) {
        expect(metadataOf(answer)).toEqual(created);
      }
    },
  );

  it('removes the old value', async () => {
    await post({ labels: { a: 'b' }, generateName: 'old-' }).expect(201);
    const { labels, generateName } = metadataOf(await put({ labels: {} }).expect(200));
    expect({ labels, generateName }).toEqual({});
  });
});

describe('null within metadata', () => {
  it('is an empty text in labels and annotations, from YAML and in patches', async () => {
    const yaml = 'metadata:\n  name: a\n  labels: {role: }\n  annotations:\n    note:\n';
    const request = api.request('post', widgetsPath).set('content-type', 'application/yaml');
    const { labels, annotations } = metadataOf(await request.send(yaml).expect(201));
    expect({ labels, annotations }).toEqual({ labels: { role: '' }, annotations: { note: '' } });
    const patch = [{ op: 'add', path: '/metadata/labels', value: { other: null } }];
    const answer = await api
      .request('patch', one)
      .set('content-type', 'application/json-patch+json')
      .send(JSON.stringify(patch))
      .expect(200);
    expect(metadataOf(answer).labels).toEqual({ other: '' });
  });
});

describe('owner references', () => {
  const owner = (more: object = {}): object => ({ apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u1', ...more });
  const words = (when: string, uids: string): string =>
    `.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${uids}`;

  it('are merged where they are the same, with a warning', async () => {
    const twice = { ownerReferences: [owner(), owner(), owner({ uid: 'u2' }), owner({ uid: 'u2' })] };
    const once = [owner(), owner({ uid: 'u2' })];
    const after = ' after mutating admission happens';
    for (const [answer, when] of [
      [await post(twice).expect(201), ''],
      [await put(twice).expect(200), ''],
      [await merge(twice).expect(200), after],
    ] as const) {
      expect(metadataOf(answer).ownerReferences).toEqual(once);
      expect(warningsOf(answer)).toContain(words(when, 'u1, u2'));
    }
  });

  it.each([{ name: 'p' }, { controller: true }, { blockOwnerDeletion: false }])(
    'with the same uid that differ are both kept: %j',
    async (more) => {
      const answer = await post({ ownerReferences: [owner(), owner(more)] }).expect(201);
      expect(metadataOf(answer).ownerReferences).toEqual([owner(), owner(more)]);
      expect(warningsOf(answer)).toBe('');
    },
  );
});

describe('finalizers', () => {
  const hint = 'to avoid accidental conflicts with other finalizer writers';

  it('without a domain cause a warning when they are added', async () => {
    const added = await post({ finalizers: ['foo', 'a.b', 'foo'] }).expect(201);
    expect(warningsOf(added)).toContain(`metadata.finalizers: "foo": prefer a domain-qualified finalizer name ${hint}`);
    expect(warningsOf(added)).toContain(
      `metadata.finalizers: "a.b": prefer a domain-qualified finalizer name including a path (/) ${hint}`,
    );
    expect(warningsOf(await merge({ labels: { a: 'b' } }).expect(200))).toBe('');
  });

  it.each([['orphan'], ['foregroundDeletion'], ['kubernetes'], ['example.com/x']])(
    'of Kubernetes, or with a domain, cause no warning: %s',
    async (name) => {
      expect(warningsOf(await post({ finalizers: [name] }, '?dryRun=All').expect(201))).toBe('');
    },
  );
});

describe('generateName', () => {
  const generated = (generateName: string) =>
    api.request('post', `${widgetsPath}?dryRun=All`).send({ ...widget('a'), metadata: { generateName } });

  it.each([58, 63, 64, 100, 253])('of %i characters is shortened for the name', async (length) => {
    const { name, generateName } = metadataOf(await generated('x'.repeat(length)).expect(201));
    expect(name).toHaveLength(63);
    expect(generateName).toHaveLength(length);
  });

  it.each(['-', 'a.', 'a_', ' ', 'a/b', 'x'.repeat(254)])('that is invalid is refused: %j', async (name) => {
    await generated(name).expect(422);
    await post({}).expect(201);
    await merge({ generateName: name }).expect(422);
  });

  it('can be removed, and is not checked again once it is stored', async () => {
    await post({ generateName: 'a-' }).expect(201);
    expect(metadataOf(await merge({ generateName: null }).expect(200))).not.toHaveProperty('generateName');
  });
});
