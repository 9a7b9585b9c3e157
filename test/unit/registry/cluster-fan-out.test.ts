/** What one write makes this server ask others: bounded, a few at a time, and no longer than the request lasts. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterRole, KubeDirectorCluster } from '../../../src/apis/kubedirector/types.ts';
import type { UserInfo } from '../../../src/meta/user.ts';
import { causes, context, Fixture, namespace, refusal } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

const jane: UserInfo = { name: 'jane', groups: [] };
const [role] = minimalCluster.spec.roles;
let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.started();
  await fixture.app(minimalApp);
});
afterEach(() => fixture.stop());

const names = (count: number, prefix: string): string[] => Array.from({ length: count }, (_, at) => `${prefix}-${at}`);
const cluster = (spec: object, change: Partial<ClusterRole> = {}) =>
  ({
    ...minimalCluster,
    spec: { ...minimalCluster.spec, ...spec, roles: [{ ...role, ...change }] },
  }) as KubeDirectorCluster;
const envOf = (secrets: readonly string[]) =>
  secrets.map((name, at) => ({ name: `E${at}`, valueFrom: { secretKeyRef: { name, key: 'k' } } }));
const injections = (urls: readonly string[]) => urls.map((srcURL) => ({ srcURL, destDir: '/srv' }));

/** Holds every review, and counts those under way. */
function heldReviews() {
  const answers: (() => void)[] = [];
  let most = 0;
  fixture.rights.review = () => {
    most = Math.max(most, answers.length + 1);
    return new Promise((resolve) => {
      const answer = () => {
        answers.splice(answers.indexOf(answer), 1);
        resolve({ allowed: true, reason: '' });
      };
      answers.push(answer);
    });
  };
  return { answers, most: () => most };
}

describe('the rights that a write is asked for', () => {
  it('are asked about sixteen at a time', async () => {
    const { answers, most } = heldReviews();
    const connections = { secrets: names(100, 's'), configmaps: names(50, 'c') };
    const made = fixture.cluster(cluster({ connections }), namespace, jane);
    let over = false;
    void made.finally(() => (over = true));
    await expect.poll(() => answers.length).toBe(16);
    while (!over) {
      answers[0]?.();
      await new Promise(setImmediate);
    }
    expect((await made).metadata.name).toBe('one');
    expect(most()).toBe(16);
  });

  it('are not asked about any more once the request is over', async () => {
    const { answers } = heldReviews();
    let asked = 0;
    const held = fixture.rights.review.bind(fixture.rights);
    fixture.rights.review = (request) => {
      asked++;
      return held(request);
    };
    const request = new AbortController();
    const input = cluster({ connections: { secrets: names(100, 's') } });
    const made = fixture.clusters.create({ ...context, user: jane, signal: request.signal }, namespace, input, {
      dryRun: true,
    });
    await expect.poll(() => answers.length).toBe(16);
    request.abort(new Error('the client has gone'));
    while (answers.length > 0) answers[0]?.();
    await expect(made).rejects.toThrow('the client has gone');
    expect(asked).toBe(16);
  });

  it('are not asked about at all where there are too many', async () => {
    const connections = { secrets: names(100, 's'), configmaps: names(100, 'c'), clusters: names(100, 'k') };
    const input = cluster({ connections }, { env: envOf(names(250, 'e')) });
    expect(await causes(fixture.cluster(input, namespace, jane))).toEqual([
      'spec: Forbidden: refers to 550 objects at once; at most 500 are allowed in one write',
    ]);
    expect(fixture.rights.asked).toEqual([]);
  });
});

describe('lists of users', () => {
  it.each<[string, object, Partial<ClusterRole>]>([
    ['spec.connections.secrets', { connections: { secrets: names(20_000, 's') } }, {}],
    ['spec.connections.configmaps', { connections: { configmaps: names(101, 's') } }, {}],
    ['spec.connections.clusters', { connections: { clusters: names(101, 's') } }, {}],
    ['spec.roles[0].env', {}, { env: envOf(names(501, 'e')) }],
    ['spec.roles[0].fileInjections', {}, { fileInjections: injections(names(6000, 'http://example.com/')) }],
    ['spec.roles[0].secretKeys', {}, { secretKeys: names(101, 'k').map((name) => ({ name, value: 'v' })) }],
    [
      'spec.roles[0].volumeProjections',
      {},
      { volumeProjections: names(101, 'c').map((pvcName) => ({ pvcName, mountPath: `/${pvcName}` })) },
    ],
  ])('are limited: %s', async (field, spec, change) => {
    const { status } = await refusal(fixture.cluster(cluster(spec, change), namespace, jane));
    expect(status.code).toBe(422);
    expect(status.details?.causes?.find((cause) => cause.field === field)?.message).toMatch(
      /^Too many: \d+: must have at most \d+ items$/,
    );
    expect(fixture.probed).toEqual([]);
    expect(fixture.rights.asked.length).toBeLessThanOrEqual(500);
  });
});

it('new URLs of one write are limited, those that are known are not counted', async () => {
  const urls = names(64, 'http://example.com/a');
  await fixture.cluster(cluster({}, { fileInjections: injections(urls) }));
  expect(fixture.probed).toHaveLength(64);
  const change = (more: number) =>
    fixture.changeCluster('one', ({ spec }) =>
      Object.assign(spec.roles[0] ?? {}, {
        fileInjections: injections([...urls.slice(0, 30), ...names(more, 'http://example.com/b')]),
      }),
    );
  expect(await causes(change(65))).toEqual([
    'spec.roles: Forbidden: names 65 new URLs of files at once; at most 64 are allowed in one write',
  ]);
  await fixture.setStatus('one', { state: 'configured', observedGeneration: 1, roles: [] });
  expect((await change(64)).spec.roles[0]?.fileInjections).toHaveLength(94);
});

it.each(['..', '.', 'a/b', '../../nodes', 'A', 'a b', ''])(
  'an object cannot be named %j, and nobody is asked about it',
  async (name) => {
    const input = cluster({ connections: { configmaps: [name], secrets: [name] } });
    const found = await causes(fixture.cluster(input, namespace, jane));
    expect(found).toEqual([
      expect.stringMatching(/^spec\.connections\.secrets\[0]: Invalid value: .*RFC 1123 subdomain/),
      expect.stringMatching(/^spec\.connections\.configmaps\[0]: Invalid value: .*RFC 1123 subdomain/),
    ]);
    expect(fixture.rights.asked).toEqual([]);
  },
);

it('a stored cluster that has more than is allowed now can still be labelled', async () => {
  const stored = await fixture.cluster(cluster({ connections: { configmaps: names(100, 'c') } }));
  const object = structuredClone(cluster({ connections: { configmaps: names(130, 'c') } }, stored.spec.roles[0]));
  const spec = { ...object.spec, appCatalog: 'local', namingScheme: 'UID', serviceType: 'LoadBalancer' };
  const key = '/kubedirector.hpe.com/kubedirectorclusters/default/one';
  fixture.store.put(key, { ...object, metadata: stored.metadata, spec });
  const labelled = await fixture.changeCluster('one', ({ metadata }) => (metadata.labels = { a: 'b' }));
  expect(labelled.metadata.labels).toEqual({ a: 'b' });
  expect(labelled.spec.connections?.configmaps).toHaveLength(130);
});
