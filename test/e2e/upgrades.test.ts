/** A cluster moves to another app on a real kube-apiserver, and back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually, type Shown } from './support/cluster.ts';
import { installation } from './support/installation.ts';
import { group, sampleApp, sampleCluster, type ClusterStatus } from './support/samples.ts';

const cluster = clusterOf(installation());
const { ok, kubectl } = cluster;
const why =
  installation().form === 'node' ? ' (skipped: its images are not there; the Cassandra example is upgraded there)' : '';
let namespace: string;
const inNamespace = (): string => `--namespace=${namespace}`;

type Pod = Shown & { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
type Status = ClusterStatus & { readonly app?: string; readonly upgradeInfo?: object };

const pods = (): Promise<readonly Pod[]> => cluster.list<Pod>('pods', '-l', `${group}/kdcluster=one`, inNamespace());
const images = async (): Promise<string[]> => [
  ...new Set((await pods()).map(({ spec }) => spec.containers[0]?.image ?? '')),
];
const status = async () => (await cluster.read<{ status: Status }>('kdcluster', 'one', inNamespace()))?.status;
const moveTo = (app: string) =>
  kubectl('patch', 'kdcluster/one', '--type=merge', '-p', JSON.stringify({ spec: { app } }), inNamespace());

/** Images are not run here: the nodes are KWOK's. */
const app = (name: string, image: string, upgradable: boolean) =>
  sampleApp({ namespace, name, spec: { upgradable, defaultImageRepoTag: image } });

/**
 * Kubernetes remembers an eviction by the pod's name. Where a pod is back before that is noticed, as with simulated nodes, its
 * budget takes the new pod for the one that was to go, and allows no other eviction for two minutes. This happens to several roles.
 */
const budgetsMs = 390_000;

async function moved(image: string, name: string): Promise<void> {
  await eventually(
    'all members to have moved',
    async () => {
      const now = await status();
      return now?.app === name && now.upgradeInfo === undefined && (await images()).join() === image;
    },
    budgetsMs,
  );
  await ok('wait', '--for=condition=Ready', 'kdcluster/one', inNamespace(), '--timeout=100s');
}

describe.skipIf(why !== '')(`a cluster${why}`, () => {
  beforeAll(async () => {
    namespace = await cluster.makeNamespace('upgrades');
    await cluster.apply([
      app('first', 'example.com/e2e:1', false),
      app('second', 'example.com/e2e:2', true),
      sampleCluster({ namespace, name: 'one', app: 'first', workers: 3 }),
    ]);
    await ok('wait', '--for=condition=Ready', 'kdcluster/one', inNamespace(), '--timeout=100s');
  });
  afterAll(() => cluster.dropNamespaces(namespace));

  it('moves to another app once its own is upgradable, and back', { timeout: 960_000 }, async () => {
    const refused = await moveTo('second');
    expect(refused.stderr).toContain('does not have upgradable: true');
    await cluster.apply(app('first', 'example.com/e2e:1', true));
    const accepted = await moveTo('second');
    expect(accepted.stderr).toContain('the cluster is upgraded from app first to app second: 4 members');
    await moved('example.com/e2e:2', 'second');
    const found = (await status())?.conditions?.find(({ type }) => type === 'Upgrading');
    expect(found).toMatchObject({ status: 'False', reason: 'Upgraded' });
    await moveTo('first');
    await ok('delete', 'kdapp/second', '--wait=false', inNamespace());
    expect(await cluster.read('kdapp', 'second', inNamespace())).toBeDefined();
    await moved('example.com/e2e:1', 'first');
    await eventually(
      'the other app to go',
      async () => (await cluster.read('kdapp', 'second', inNamespace())) === undefined,
    );
  });

  it('gets an app that changes while it is used', { timeout: 500_000 }, async () => {
    await cluster.apply(app('first', 'example.com/e2e:3', true));
    await moved('example.com/e2e:3', 'first');
  });
});
