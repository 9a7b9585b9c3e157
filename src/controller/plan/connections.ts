/** The objects that a cluster is connected to: which of their contents members are to know of. */
import type { ConfigMap, Secret } from '../../apis/kubernetes/types.ts';
import { isLeaving } from './draft.ts';
import { configMapTypeLabel, digest, secretTypeLabel } from './names.ts';
import type { ConnectedCluster, Observed } from './observed.ts';

/** Changes when a connected cluster's membership does, or a passed on ConfigMap's or Secret's content. */
export function connectionHash({ connected }: Pick<Observed, 'connected'>): string {
  return digest([
    connected.clusters.map(membership),
    connected.configMaps.filter(isPassedOn(configMapTypeLabel)).map(contents),
    connected.secrets.filter(isPassedOn(secretTypeLabel)).map(contents),
  ]);
}

const isPassedOn =
  (label: string) =>
  ({ metadata }: ConfigMap | Secret): boolean =>
    metadata.labels?.[label] !== undefined;

function membership({ cluster, app }: ConnectedCluster): unknown {
  const { name, uid } = cluster.metadata;
  const roles = cluster.status?.roles?.map((role) => [
    role.id,
    role.members.filter((member) => !isLeaving(member)).map(({ pod, nodeID, authToken }) => [pod, nodeID, authToken]),
  ]);
  return [name, uid, cluster.status?.clusterService, app.metadata.uid, app.metadata.generation, roles];
}

/** Labels and annotations are passed on too. */
function contents({ metadata, data }: ConfigMap | Secret): unknown {
  return [metadata.name, sorted(data), sorted(metadata.labels), sorted(metadata.annotations)];
}

const sorted = (map: Record<string, string> | undefined): [string, string][] =>
  Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
