/** A client that keeps a view of clusters as controllers do: it lists, watches, and comes back by itself. */
import type { KubeDirectorCluster } from '../../../src/apis/kubedirector/types.ts';
import { createInformer } from '../../../src/clients/kubernetes/informer.ts';
import { loadKubeConfig } from '../../../src/clients/kubernetes/kube-config.ts';
import { createTransport } from '../../../src/clients/kubernetes/transport.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { kubeconfig } from './installation.ts';

export interface SeenChange {
  readonly type: 'added' | 'changed' | 'gone';
  readonly name: string;
  readonly resourceVersion: string;
}

export interface FollowedClusters {
  /** In the order of being told. */
  readonly changes: readonly SeenChange[];
  /** resourceVersions by name, as the view has them. */
  current(): Readonly<Record<string, string>>;
  stop(): void;
}

/** Through kube-apiserver, as the administrator. */
export function followClusters(namespace: string): FollowedClusters {
  const transport = createTransport(loadKubeConfig({ kubeconfig: kubeconfig() }), {
    clock: systemClock,
    metrics: createMetrics(),
  });
  const informer = createInformer<KubeDirectorCluster>(
    { transport, clock: systemClock, random: Math.random, logger: silentLogger },
    {
      resource: {
        ...{ group: 'kubedirector.hpe.com', version: 'v1beta1' },
        ...{ resource: 'kubedirectorclusters', kind: 'KubeDirectorCluster' },
      },
      selection: { namespace },
    },
  );
  const changes: SeenChange[] = [];
  informer.lister.onChange(({ object, old }) => {
    const metadata = (object ?? old)?.metadata;
    const type = object === undefined ? 'gone' : old === undefined ? 'added' : 'changed';
    if (metadata !== undefined) changes.push({ type, name: metadata.name, resourceVersion: metadata.resourceVersion });
  });
  const abort = new AbortController();
  informer.start(abort.signal);
  return {
    changes,
    current: () =>
      Object.fromEntries(
        informer.lister.list(namespace).map(({ metadata }) => [metadata.name, metadata.resourceVersion]),
      ),
    stop() {
      abort.abort();
      transport.close();
    },
  };
}
