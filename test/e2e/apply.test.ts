/** Server-side apply with kubectl, through the aggregation layer. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ManagedFieldsEntry } from '../../src/meta/object.ts';
import { clusterOf, eventually, type Shown } from './support/cluster.ts';
import { installation } from './support/installation.ts';
import { sampleApp, sampleCluster } from './support/samples.ts';

const cluster = clusterOf(installation());
const { kubectl, ok } = cluster;
let namespace: string;

beforeAll(async () => {
  namespace = await cluster.makeNamespace('apply');
});
afterAll(async () => {
  await ok('delete', 'kdcluster', '--all', '-n', namespace, '--timeout=55s');
  await cluster.dropNamespaces(namespace);
});

const applied = (object: object, ...args: readonly string[]) =>
  kubectl.withInput(JSON.stringify(object), 'apply', '-f', '-', ...args);
const serverSide = (object: object, ...args: readonly string[]) => applied(object, '--server-side', ...args);
const wished = (labels: object = {}, workers = 0): object => ({
  ...(sampleCluster({ namespace, name: 'one', workers }) as Shown),
  metadata: { namespace, name: 'one', labels },
});

interface Managed {
  readonly metadata: Shown['metadata'] & { readonly managedFields?: readonly ManagedFieldsEntry[] };
}
const stored = async (): Promise<Managed> => {
  const found = await cluster.read<Managed>('kdcluster', 'one', '-n', namespace, '--show-managed-fields');
  if (found === undefined) throw new Error('there is no cluster "one"');
  return found;
};
const ownersOf = async (): Promise<string[]> =>
  ((await stored()).metadata.managedFields ?? []).map(
    ({ manager, operation, subresource = '' }) => `${manager} ${operation} ${subresource}`,
  );

describe('kubectl apply --server-side', () => {
  it('creates an app and a cluster, and finds nothing to change afterwards', async () => {
    const app = sampleApp({ namespace });
    expect(await serverSide(app)).toMatchObject({ code: 0 });
    expect(await serverSide(wished({ tier: 'gold' }))).toMatchObject({ code: 0 });
    await ok('wait', 'kdcluster/one', '-n', namespace, '--for=condition=Ready', '--timeout=60s');
    for (const object of [app, wished({ tier: 'gold' })]) {
      const diff = await kubectl.withInput(JSON.stringify(object), 'diff', '--server-side', '-f', '-');
      expect(diff).toMatchObject({ code: 0, stdout: '' });
    }
    const before = (await stored()).metadata.resourceVersion;
    expect(await serverSide(wished({ tier: 'gold' }))).toMatchObject({ code: 0 });
    expect((await stored()).metadata.resourceVersion).toBe(before);
    expect(await ownersOf()).toEqual(expect.arrayContaining(['kubectl Apply ', 'kubedirector Update status']));
  });

  it('conflicts with another manager, and takes over by force', async () => {
    expect(await serverSide(wished({ tier: 'silver' }), '--field-manager=other')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/conflict with "kubectl".*: \.metadata\.labels\.tier/) as string,
    });
    const forced = await serverSide(wished({ tier: 'silver' }), '--field-manager=other', '--force-conflicts');
    expect(forced).toMatchObject({ code: 0 });
    expect((await stored()).metadata.labels).toMatchObject({ tier: 'silver' });
  });

  it('conflicts with kubectl scale', async () => {
    await ok('scale', 'kdcluster/one', '-n', namespace, '--replicas=2');
    expect(await serverSide(wished({ tier: 'silver' }, 1), '--field-manager=other')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'conflict with "kubectl" with subresource "scale" using kubedirector.hpe.com/v1beta1: .spec.roles[id="worker"].members',
      ) as string,
    });
  });

  it('takes fields over from kubectl apply, and gives them back', async () => {
    const object = (labels: object): object => ({
      ...(sampleCluster({ namespace, name: 'two' }) as Shown),
      metadata: { namespace, name: 'two', labels },
    });
    const labels = async () => (await cluster.read('kdcluster', 'two', '-n', namespace))?.metadata.labels;
    expect(await applied(object({ a: '1', b: '1' }))).toMatchObject({ code: 0 });
    expect(await serverSide(object({ a: '1' }))).toMatchObject({ code: 0 });
    await eventually('the label that was given up to go', async () => (await labels())?.['b'] === undefined);
    expect(await applied(object({ a: '2' }))).toMatchObject({ code: 0 });
    expect(await labels()).toMatchObject({ a: '2' });
    const again = await applied(object({ a: '2' }));
    expect(again.stdout).toContain('unchanged');
  });

  it('refuses invalid configurations, and stores nothing', async () => {
    const twice = sampleCluster({ namespace, name: 'twice' }) as { spec: { roles: object[] } };
    const roles = [...twice.spec.roles, twice.spec.roles[0]];
    const refused = await serverSide({ ...twice, spec: { ...twice.spec, roles } }, '--validate=false');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('duplicate entries for key') as string });
    expect(await cluster.read('kdcluster', 'twice', '-n', namespace)).toBeUndefined();
  });
});
