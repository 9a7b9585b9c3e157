/**
 * What a cluster of the same name has left behind (`kubectl delete --cascade=orphan`). A new cluster takes it over, as a
 * Deployment takes over ReplicaSets without owner that its selector matches: members go on in the pods that are there.
 * A StatefulSet that can't be taken over stands in the way, because the headless Service would select its pods as well:
 * its role is not made before it is gone.
 */
import type { StatefulSet } from '../../../apis/kubernetes/types.ts';
import { clusterLabel, devicesLabel, headlessLabel, roleLabel } from '../../../apis/kubedirector/well-known.ts';
import { deepEqual } from '../../../meta/json.ts';
import type { KubeObject, Stored } from '../../../meta/object.ts';
import { listed, objectContext, type Draft } from '../draft.ts';
import { hasClaimsOf } from '../natives/made-as.ts';
import { selectorLabels } from '../objects/metadata.ts';
import { statefulSet } from '../objects/stateful-set.ts';
import type { ResolvedRole } from '../roles.ts';

interface Orphans {
  /** By the role whose StatefulSet each becomes. */
  readonly fit: ReadonlyMap<string, Stored<StatefulSet>>;
  /** The headless Service that the cluster's is to be; undefined where there is none to take over. */
  readonly clusterService: string | undefined;
  /** Why roles can't be made; undefined where nothing stands in the way. */
  readonly obstacle: string | undefined;
}

const isWithoutController = ({ metadata }: KubeObject): boolean =>
  metadata.ownerReferences?.some(({ controller }) => controller === true) !== true;

/** Looks at roles only that the status does not know: of the others it says which StatefulSet is theirs. */
export function findOrphans(draft: Draft): Orphans {
  const { observed, status } = draft;
  const known = new Set(status.roles.map(({ id }) => id));
  const fit = new Map<string, Stored<StatefulSet>>();
  const unfit: string[] = [];
  let service = status.clusterService === '' ? undefined : status.clusterService;
  for (const set of observed.statefulSets.values()) {
    const role = draft.roles.get(set.metadata.labels?.[roleLabel] ?? '');
    if (role === undefined || known.has(role.id) || !isLeftBehind(draft, set)) continue;
    const why = fit.has(role.id) ? 'there is another one for the role' : misfit(draft, role, set, service);
    if (why === undefined) {
      fit.set(role.id, set);
      service ??= set.spec.serviceName;
    } else {
      unfit.push(`${set.metadata.name} (role ${role.id}: ${why})`);
    }
  }
  return { fit, clusterService: service ?? leftService(draft), obstacle: obstacleOf(unfit) };
}

function obstacleOf(unfit: readonly string[]): string | undefined {
  if (unfit.length === 0) return undefined;
  return `StatefulSets of an earlier cluster of this name to be deleted, which cannot be taken over: ${listed(unfit)}`;
}

/** Made by a cluster of this name, and nobody's now. A user's own with the cluster's label has another selector. */
function isLeftBehind({ observed: { cluster } }: Draft, set: Stored<StatefulSet>): boolean {
  const { name } = cluster.metadata;
  const { matchLabels = {} } = set.spec.selector;
  return isWithoutController(set) && matchLabels[clusterLabel] === name && matchLabels[headlessLabel] === name;
}

/** What about a StatefulSet is not as the role needs it, and can't be changed any more. */
function misfit(
  draft: Draft,
  role: ResolvedRole,
  { metadata, spec }: Stored<StatefulSet>,
  service: string | undefined,
): string | undefined {
  if (metadata.deletionTimestamp !== undefined) return 'it is being deleted';
  const labels = selectorLabels(draft.observed.cluster, role.id);
  const devices = spec.selector.matchLabels?.[devicesLabel];
  const selected = devices === undefined ? labels : { ...labels, [devicesLabel]: devices };
  if (!deepEqual(spec.selector.matchLabels, selected)) return 'it is of another app';
  if (spec.podManagementPolicy !== 'Parallel') return 'its podManagementPolicy is not Parallel';
  if (service !== undefined && spec.serviceName !== service) return 'its pods belong to another headless Service';
  const desired = statefulSet(objectContext(draft), role, { name: metadata.name, replicas: 0 }).spec;
  return hasClaimsOf(desired, spec) ? undefined : 'its storage differs from what the role asks for';
}

/** A headless Service that was left behind alone. */
function leftService({ observed: { cluster, services } }: Draft): string | undefined {
  const { name } = cluster.metadata;
  const left = [...services.values()].find(
    (service) =>
      isWithoutController(service) &&
      service.metadata.deletionTimestamp === undefined &&
      service.metadata.labels?.[clusterLabel] === name &&
      service.spec?.clusterIP === 'None' &&
      deepEqual(service.spec.selector, { [headlessLabel]: name }),
  );
  return left?.metadata.name;
}
