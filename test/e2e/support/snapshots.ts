/** VolumeSnapshots on a cluster without a CSI driver: their CustomResourceDefinitions, and a driver that writes their status. */
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, type Cluster, type Shown } from './cluster.ts';

const group = 'snapshot.storage.k8s.io';

const definition = (plural: string, kind: string, scope: 'Namespaced' | 'Cluster'): object => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: `${plural}.${group}`,
    // Without it, kube-apiserver refuses groups of Kubernetes' own.
    annotations: { 'api-approved.kubernetes.io': 'unapproved, for tests' },
  },
  spec: {
    ...{ group, scope, names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` } },
    versions: [
      {
        ...{ name: 'v1', served: true, storage: true, subresources: { status: {} } },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
});

export interface Snapshots {
  /** Snapshots are taken and ready at once, unless this says that they are not. */
  driver: 'prompt' | 'silent';
  stop(): Promise<void>;
}

/** Whether VolumeSnapshots are installed. What belongs to somebody must be neither replaced nor deleted. */
export const hasSnapshots = async (cluster: Cluster): Promise<boolean> =>
  (await cluster.read('crd', `volumesnapshots.${group}`)) !== undefined;

/** Installs the definitions and a class `any`, and plays the driver in one namespace. */
export async function startSnapshots(cluster: Cluster, namespace: string): Promise<Snapshots> {
  const definitions = [
    definition('volumesnapshots', 'VolumeSnapshot', 'Namespaced'),
    definition('volumesnapshotclasses', 'VolumeSnapshotClass', 'Cluster'),
  ];
  if (await hasSnapshots(cluster)) throw new Error('the cluster has VolumeSnapshots of its own');
  await cluster.apply(definitions);
  await eventually('the snapshot API to be served', async () =>
    cluster
      .apply({
        ...{ apiVersion: `${group}/v1`, kind: 'VolumeSnapshotClass', metadata: { name: 'any' } },
        ...{ driver: 'example.com/none', deletionPolicy: 'Delete' },
      })
      .then(() => true),
  );
  const ended = new AbortController();
  const snapshots: Snapshots = {
    driver: 'prompt',
    async stop() {
      ended.abort();
      await working;
      const names = ['volumesnapshots', 'volumesnapshotclasses'].map((plural) => `${plural}.${group}`);
      await cluster.ok('delete', 'crd', ...names, '--ignore-not-found', '--wait=false');
    },
  };

  async function take({ metadata }: Shown): Promise<void> {
    const creationTime = `${new Date().toISOString().slice(0, 19)}Z`;
    const status = { creationTime, readyToUse: true, restoreSize: '1Gi' };
    const patch = ['--type=merge', '--subresource=status', '-p', JSON.stringify({ status })];
    await cluster.ok('patch', 'volumesnapshot', metadata.name, '-n', namespace, ...patch);
  }

  async function work(): Promise<void> {
    while (!ended.signal.aborted) {
      if (snapshots.driver === 'prompt') {
        const found = await cluster.list('volumesnapshots', '-n', namespace).catch(() => []);
        for (const one of found) if (one.status === undefined) await take(one).catch(() => undefined);
      }
      await sleep(200);
    }
  }
  const working = work();
  return snapshots;
}
