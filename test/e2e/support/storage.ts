/** A storage class whose provisioner and resizer are the tests: it works on simulated and on real nodes. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, Shown } from './cluster.ts';
import { installation } from './installation.ts';

export interface Storage {
  readonly className: string;
  /** Gives each claim the size that it asks for. */
  expand(): Promise<void>;
  /** Ends provisioning, and removes what was made. */
  stop(): Promise<void>;
}

type Claim = Shown & {
  readonly spec: {
    readonly storageClassName?: string;
    readonly volumeName?: string;
    readonly volumeMode?: 'Block' | 'Filesystem';
    readonly resources: { readonly requests: { readonly storage: string } };
  };
  readonly status?: { readonly phase?: string };
};

const everyMs = 500;

/** Provides volumes for the claims of one namespace. */
export async function startStorage(cluster: Cluster, namespace: string): Promise<Storage> {
  const className = namespace;
  const { ok } = cluster;
  await cluster.apply({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: className },
    provisioner: 'e2e.example.com/tests',
    allowVolumeExpansion: true,
    reclaimPolicy: 'Retain',
    volumeBindingMode: 'Immediate',
  });
  const claims = async (): Promise<readonly Claim[]> =>
    (await cluster.list<Claim>('pvc', `--namespace=${namespace}`)).filter(
      ({ spec }) => spec.storageClassName === className,
    );
  const provided = new Set<string>();
  const stop = new AbortController();
  const provide = async (): Promise<void> => {
    for (const { metadata, spec, status } of await claims()) {
      if (status?.phase === 'Bound' || provided.has(metadata.uid)) continue;
      await cluster.apply(volumeOf(className, { metadata, spec }));
      provided.add(metadata.uid);
    }
  };
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await provide().catch((error: unknown) => console.warn('provisioning failed, is tried again:', error));
      await sleep(everyMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    className,
    async expand() {
      for (const { metadata, spec } of await claims()) {
        const capacity = { storage: spec.resources.requests.storage };
        await ok('patch', 'pv', spec.volumeName ?? '', '-p', JSON.stringify({ spec: { capacity } }));
        const status = JSON.stringify({ status: { capacity } });
        await ok('patch', 'pvc', metadata.name, '-n', namespace, '--subresource=status', '-p', status);
      }
    },
    async stop() {
      stop.abort();
      await running;
      await ok('delete', 'pv', `-l=e2e-storage=${className}`, '--wait=false');
      await ok('delete', 'storageclass', className);
    },
  };
}

function volumeOf(className: string, { metadata, spec }: Pick<Claim, 'metadata' | 'spec'>): object {
  const { name, namespace, uid } = metadata;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `e2e-${uid}`, labels: { 'e2e-storage': className } },
    spec: {
      storageClassName: className,
      capacity: { storage: spec.resources.requests.storage },
      // Block devices are for simulated nodes only.
      volumeMode: spec.volumeMode ?? 'Filesystem',
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path: join(installation().directory, 'volumes', uid), type: 'DirectoryOrCreate' },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
    },
  };
}
