/** The objects that a cluster is connected to: which of their contents members are to know of. */
import type { ConfigMap, Secret } from '../../../apis/kubernetes/types.ts';
import { event, isLeaving, listed, type Draft } from '../draft.ts';
import { configMapTypeLabel, digest, secretTypeLabel } from '../names.ts';
import { connectionsResolved, type Verdict } from '../messages/verdict.ts';
import type { ConnectedCluster, Observed } from '../observed.ts';
import { secretDigests } from '../revision.ts';
import { flavorOf } from './configmeta.ts';

type Facts = Pick<Observed, 'connected' | 'config'>;

/**
 * Changes when what members are told of a connected cluster does: its members, the values of its secretKeys, the size of its
 * roles, its app; or a passed on ConfigMap's or Secret's content.
 */
export function connectionHash({ connected, config }: Facts): string {
  return hashOf(connected, (one) => [...membership(one), rolesOf(one, config)]);
}

/** Whether a hash in the status says that nothing has changed. Earlier versions looked at a connected cluster's members only. */
export function isConnectedAsBefore(last: string, hash: string, { connected }: Facts): boolean {
  return last === hash || last === hashOf(connected, membership);
}

function hashOf(connected: Observed['connected'], ofCluster: (one: ConnectedCluster) => unknown): string {
  return digest([
    connected.clusters.map(ofCluster),
    connected.configMaps.filter(isPassedOn(configMapTypeLabel)).map(contents),
    connected.secrets.filter(isPassedOn(secretTypeLabel)).map(contents),
  ]);
}

const isPassedOn =
  (label: string) =>
  ({ metadata }: ConfigMap | Secret): boolean =>
    metadata.labels?.[label] !== undefined;

function membership({ cluster, app }: ConnectedCluster): readonly unknown[] {
  const { name, uid } = cluster.metadata;
  const roles = cluster.status?.roles?.map((role) => [
    role.id,
    role.members.filter((member) => !isLeaving(member)).map(({ pod, nodeID, authToken }) => [pod, nodeID, authToken]),
  ]);
  return [name, uid, cluster.status?.clusterService, app.metadata.uid, app.metadata.generation, roles];
}

/** Of roles that have members: the others are not told of. */
function rolesOf({ cluster }: ConnectedCluster, config: Facts['config']): unknown {
  const roles = cluster.status?.roles ?? [];
  const present = new Set(roles.filter(({ members }) => !members.every(isLeaving)).map(({ id }) => id));
  return cluster.spec.roles
    .filter(({ id }) => present.has(id))
    .map((role) => [role.id, flavorOf(role), secretDigests(cluster, config, role)]);
}

/** Labels and annotations are passed on too. */
function contents({ metadata, data }: ConfigMap | Secret): unknown {
  return [metadata.name, sorted(data), sorted(metadata.labels), sorted(metadata.annotations)];
}

const sorted = (map: Record<string, string> | undefined): [string, string][] =>
  Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));

/** Which connections are left out of what members are told; undefined for a cluster that has none. */
export function connectionsVerdict({ cluster, connected }: Observed): Verdict | undefined {
  const { clusters = [], configmaps = [], secrets = [] } = cluster.spec.connections ?? {};
  if (clusters.length + configmaps.length + secrets.length === 0) return undefined;
  const others = new Set(connected.clusters.map((one) => one.cluster.metadata.name));
  const leftOut = [
    ...clusters.filter((name) => !others.has(name)).map((name) => `cluster ${name} (it, or its app, does not exist)`),
    ...configmaps.flatMap((name) => problemOf('configmap', name, connected.configMaps, configMapTypeLabel)),
    ...secrets.flatMap((name) => problemOf('secret', name, connected.secrets, secretTypeLabel)),
  ];
  if (leftOut.length === 0) {
    return { status: 'True', reason: 'AllFound', message: 'members are told of all connected objects' };
  }
  const message = `members are not told of: ${listed(leftOut)}; each is taken in when this has changed`;
  return { status: 'False', reason: 'ConnectionsMissing', message };
}

function problemOf(kind: string, name: string, found: readonly (ConfigMap | Secret)[], label: string): string[] {
  const object = found.find(({ metadata }) => metadata.name === name);
  if (object === undefined) return [`${kind} ${name} (it does not exist)`];
  return isPassedOn(label)(object) ? [] : [`${kind} ${name} (it lacks the label ${label})`];
}

/** Tells users once of each change in what is left out. */
export function tellConnections(draft: Draft, verdict: Verdict | undefined): void {
  const { conditions = [] } = draft.observed.cluster.status ?? {};
  const before = conditions.find(({ type }) => type === connectionsResolved);
  if (verdict === undefined || before?.message === verdict.message) return;
  if (verdict.status === 'False') event(draft, 'Config', verdict.message, 'Warning');
  else if (before !== undefined) event(draft, 'Config', verdict.message);
}
