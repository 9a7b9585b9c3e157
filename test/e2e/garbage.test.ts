import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { clusterOf, eventually } from './support/cluster.ts';
import { installation } from './support/installation.ts';
import { ofCluster, sampleApp, sampleCluster } from './support/samples.ts';

const cluster = clusterOf(installation());
const { ok } = cluster;
const made: string[] = [];

async function namespaceWithCluster(name: string, spec?: object): Promise<string> {
  const namespace = await cluster.makeNamespace('garbage');
  made.push(namespace);
  await cluster.apply([sampleApp({ namespace }), sampleCluster({ namespace, name, workers: 1, ...spec })]);
  await ok('wait', '--for=condition=Ready', `kdcluster/${name}`, '-n', namespace, '--timeout=55s');
  return namespace;
}

const natives = (namespace: string, name: string): Promise<readonly string[]> =>
  ok('get', 'statefulsets,services,pods,pvc', ofCluster(name), '-n', namespace, '-o', 'name').then((text) =>
    text.split('\n').filter((line) => line !== ''),
  );

afterEach(async () => {
  await cluster.dropNamespaces(...made.splice(0));
});
afterAll(async () => {
  await cluster.dropNamespaces(...made);
});

describe('deleting', () => {
  it('a namespace that holds clusters finishes', { timeout: 120_000 }, async () => {
    const namespace = await namespaceWithCluster('held', { head: { storage: { size: '1Gi' } } });
    await cluster.apply(sampleCluster({ namespace, name: 'coming' }));
    await ok('delete', 'namespace', namespace, '--wait=false');
    await eventually(
      `namespace ${namespace} to be gone`,
      async () => (await cluster.read('namespace', namespace)) === undefined,
      90_000,
    );
    made.splice(0);
  });

  it('a cluster in the background removes it first, and its objects afterwards', async () => {
    const namespace = await namespaceWithCluster('going');
    expect(await natives(namespace, 'going')).not.toEqual([]);
    await ok('delete', 'kdcluster/going', '-n', namespace, '--cascade=background', '--timeout=55s');
    await eventually('its objects to go', async () => (await natives(namespace, 'going')).length === 0, 45_000);
  });

  it('a cluster in the foreground removes its objects before the cluster', async () => {
    const namespace = await namespaceWithCluster('going');
    await ok('delete', 'kdcluster/going', '-n', namespace, '--cascade=foreground', '--timeout=55s');
    expect(await natives(namespace, 'going')).toEqual([]);
  });

  it('a cluster with --cascade=orphan leaves its pods running, and nobody owns them', { timeout: 90_000 }, async () => {
    const namespace = await namespaceWithCluster('leaving');
    const before = await natives(namespace, 'leaving');
    await ok('delete', 'kdcluster/leaving', '-n', namespace, '--cascade=orphan', '--timeout=55s');
    const sets = await cluster.list('statefulsets', ofCluster('leaving'), '-n', namespace);
    expect(sets).toHaveLength(2);
    for (const { metadata } of sets) expect(metadata.ownerReferences ?? []).toEqual([]);
    // The garbage collector and the controller have had the time to act.
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(await natives(namespace, 'leaving')).toEqual(before);
  });

  it('a cluster with --cascade=orphan keeps its pods for a new one with another affinity, which names them', async () => {
    const namespace = await namespaceWithCluster('again');
    const inNamespace = ['-n', namespace] as const;
    const selector = [ofCluster('again'), ...inNamespace];
    const sets = async () => (await cluster.list('statefulsets', ...selector)).map(({ metadata }) => metadata.name);
    const uids = async () => (await cluster.list('pods', ...selector)).map(({ metadata }) => metadata.uid);
    const before = { sets: await sets(), uids: await uids() };
    const set = before.sets.find((name) => name.startsWith('again-head-')) ?? '';
    const tolerations = [{ key: 'old', operator: 'Exists' }];
    const patch = { spec: { template: { spec: { tolerations, nodeSelector: { old: 'yes' } } } } };
    await ok('patch', 'statefulset', set, ...inNamespace, '--type=merge', '-p', JSON.stringify(patch));
    await ok('delete', 'kdcluster/again', ...inNamespace, '--cascade=orphan', '--timeout=55s');
    const preference = { matchExpressions: [{ key: 'new', operator: 'Exists' }] };
    const nodeAffinity = { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference }] };
    await cluster.apply(sampleCluster({ namespace, name: 'again', workers: 1, head: { affinity: { nodeAffinity } } }));
    const outdated = 'jsonpath={.status.conditions[?(@.type=="Degraded")].reason}=PodsOutdated';
    await ok('wait', `--for=${outdated}`, 'kdcluster/again', ...inNamespace, '--timeout=30s');
    await ok('wait', '--for=condition=Ready', 'kdcluster/again', ...inNamespace, '--timeout=30s');
    expect(await ok('describe', 'kdcluster/again', ...inNamespace)).toMatch(
      new RegExp(`Warning +Role .*pods of role{head}: ${set}-0: made by an earlier cluster`),
    );
    expect({ sets: await sets(), uids: await uids() }).toEqual(before);
    const template = async () => {
      const { spec } =
        (await cluster.read<{ spec: { template: { spec: object } } }>('statefulset', set, ...inNamespace)) ?? {};
      return spec?.template.spec;
    };
    expect(await template()).toMatchObject({ affinity: { nodeAffinity } });
    expect(await template()).not.toHaveProperty('tolerations');
    expect(await template()).not.toHaveProperty('nodeSelector');
    await ok('delete', `pod/${set}-0`, ...inNamespace, '--timeout=30s');
    await ok('wait', '--for=condition=Degraded=False', 'kdcluster/again', ...inNamespace, '--timeout=30s');
    const { spec } = (await cluster.read<{ spec: object }>('pod', `${set}-0`, ...inNamespace)) ?? {};
    expect(spec).toMatchObject({ affinity: { nodeAffinity } });
  });

  it('an app that a cluster uses marks it for deletion, and removes it once the cluster is gone', async () => {
    const namespace = await namespaceWithCluster('using');
    const { code, stderr } = await cluster.kubectl('delete', 'kdapp/sample', '-n', namespace, '--wait=false');
    expect(code).toBe(0);
    expect(stderr).toContain('using');
    const marked = await ok('get', 'kdapp/sample', '-n', namespace, '-o', 'jsonpath={.metadata.deletionTimestamp}');
    expect(marked).not.toBe('');
    await eventually('an event that names the cluster', async () =>
      (await ok('describe', 'kdapp/sample', '-n', namespace)).includes(
        `until these clusters are gone: ${namespace}/using`,
      ),
    );
    await ok('delete', 'kdcluster/using', '-n', namespace, '--timeout=55s');
    await ok('wait', '--for=delete', 'kdapp/sample', '-n', namespace, '--timeout=30s');
  });
});
