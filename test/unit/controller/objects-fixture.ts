/** Roles of a sample cluster, and the native objects made of them. */
import type { ClusterRole, KubeDirectorApp, KubeDirectorCluster } from '../../../src/apis/kubedirector/types.ts';
import type { ObjectContext } from '../../../src/controller/plan/objects/metadata.ts';
import { statefulSet } from '../../../src/controller/plan/objects/stateful-set.ts';
import { resolveRoles, type ResolvedRole } from '../../../src/controller/plan/roles.ts';
import { sampleApp, sampleCluster } from '../../controller/support/samples.ts';

export const stored = (cluster: KubeDirectorCluster) => ({
  ...cluster,
  metadata: { ...cluster.metadata, name: 'sample', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
});

/** The first role (head), changed, as both app and cluster describe it. */
export function role(change: (spec: ClusterRole) => void, app: KubeDirectorApp = sampleApp()): ResolvedRole {
  const cluster = sampleCluster(({ spec }) => spec.roles.slice(0, 1).forEach(change));
  const [resolved] = resolveRoles(cluster, app);
  if (resolved === undefined) throw new Error('no role');
  return resolved;
}

export const context = (change: Partial<ObjectContext> = {}): ObjectContext => ({
  cluster: stored(sampleCluster()),
  config: {},
  prettyName: 'Golden app',
  clusterService: 'kdhs-x',
  mountsCgroups: false,
  capabilities: [],
  ...change,
});

export const podOf = (resolved: ResolvedRole, given: ObjectContext = context()) => {
  const { template } = statefulSet(given, resolved, { name: 'kdss-x', replicas: 1 }).spec;
  const [app] = template.spec?.containers ?? [];
  if (template.spec === undefined || app === undefined) throw new Error('no container');
  return { pod: template.spec, app, metadata: template.metadata };
};
