/** A role of a cluster as a Scale (autoscaling/v1), and back. Source: KEP-1603, api-conventions on subresources. */
import { invalid, type FieldError } from '../../meta/field-error.ts';
import { isJsonObject } from '../../meta/json.ts';
import type { ObjectMeta, Stored } from '../../meta/object.ts';
import { parseResourceVersion } from '../../meta/revision.ts';
import { conflict, invalidObject, objectModified } from '../../meta/status.ts';
import { roleSelector, roleViewName, scaleRole } from '../../apis/kubedirector/scale-role.ts';
import type { Scale } from '../../apis/kubernetes/types.ts';
import { fieldPath, type ScaledField } from '../../apiserver/apply/index.ts';
import {
  apiVersion,
  group,
  type ClusterRole,
  type KubeDirectorApp,
  type KubeDirectorCluster,
} from '../../apis/kubedirector/types.ts';
import { scaleRoleAnnotation } from '../../apis/kubedirector/well-known.ts';

const kind = { group, kind: 'KubeDirectorCluster' };

/**
 * The role that a cluster's scale subresource is about: the one that an annotation of the cluster, else of its app,
 * names; else its only role of open cardinality.
 * @throws StatusError 422 that says which roles there are to choose from, and how to choose
 */
export function scaledRole(cluster: Stored<KubeDirectorCluster>, app: KubeDirectorApp | undefined): string {
  const { name } = cluster.metadata;
  const { named, open, role } = scaleRole(cluster, app);
  if (role !== undefined) return role;
  const refuse = (value: string | null, detail: string): never => {
    const field = `metadata.annotations[${scaleRoleAnnotation}]`;
    throw invalidObject(kind, name, [invalid(field, value, detail)]);
  };
  if (named !== undefined) {
    return refuse(named, `must be one of the cluster's roles: ${cluster.spec.roles.map(({ id }) => id).join(', ')}`);
  }
  const [first] = open;
  if (first === undefined) {
    return refuse(null, 'none of the roles can be scaled: the app fixes the number of members of each');
  }
  const wayOut =
    `set this annotation to one of them (kubectl annotate kdcluster ${name} ${scaleRoleAnnotation}=${first}), ` +
    `or scale a role by itself (kubectl scale kdrole/${roleViewName(name, first)} --replicas=N)`;
  return refuse(null, `several roles can be scaled: ${open.join(', ')}; ${wayOut}`);
}

/** The field of a cluster that a role's Scale stands for. */
export function membersField(role: string): ScaledField {
  return { apiVersion, path: fieldPath('spec', 'roles', { id: role }, 'members') };
}

/** @param identity what the Scale is named by: the cluster, or the role's view */
export function scaleOf(
  identity: Pick<Stored<KubeDirectorCluster>, 'metadata'>,
  cluster: KubeDirectorCluster,
  role: string,
): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = identity.metadata;
  const wanted = cluster.spec.roles.find(({ id }) => id === role)?.members ?? 0;
  const members = cluster.status?.roles?.find(({ id }) => id === role)?.members ?? [];
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas: wanted },
    status: { replicas: members.length, selector: roleSelector(cluster.metadata.name ?? '', role) },
  };
}

/**
 * The cluster with the number of members that a Scale wishes for.
 * @param resource whose Scale it is
 * @throws StatusError 422 for a Scale that is none, 400 for a version that is none, 409 for one that was made of an older state
 */
export function scaledCluster(
  cluster: Stored<KubeDirectorCluster>,
  role: string,
  current: Scale,
  wanted: Scale,
  resource: 'kubedirectorclusters' | 'kubedirectorroles' = 'kubedirectorclusters',
): KubeDirectorCluster {
  const { name, resourceVersion, uid } = current.metadata;
  const errors = scaleErrors(wanted);
  // As it is stored: what cannot be read of it stays as it is.
  const stored: unknown = cluster.spec.roles;
  const roles: readonly unknown[] = Array.isArray(stored) ? (stored as unknown[]) : [];
  const isScaled = (one: unknown): one is ClusterRole => isJsonObject(one) && one.id === role;
  const isOurs = roles.some(isScaled);
  if (!isOurs) errors.push(invalid('spec.replicas', wanted.spec?.replicas ?? 0, 'the role is leaving the cluster'));
  if (errors.length > 0) throw invalidObject({ group: 'autoscaling', kind: 'Scale' }, name ?? '', errors);
  const version = wanted.metadata.resourceVersion ?? '';
  const isOlder = version !== '' && version !== '0' && String(parseResourceVersion(version)) !== resourceVersion;
  const isOther = !['', uid].includes(wanted.metadata.uid ?? '');
  if (isOlder || isOther) throw conflict({ group, resource }, name ?? '', objectModified);
  const members = wanted.spec?.replicas ?? 0;
  const scaled = roles.map((one) => (isScaled(one) ? { ...one, members } : one)) as ClusterRole[];
  const metadata: ObjectMeta = { ...cluster.metadata };
  // The Scale's version has been compared; the registry may try again with what it finds.
  delete metadata.resourceVersion;
  return { ...cluster, metadata, spec: { ...cluster.spec, roles: scaled } };
}

/** As Kubernetes words it. Source: k8s.io/kubernetes/pkg/apis/autoscaling/validation ValidateScale. */
function scaleErrors({ spec }: Scale): FieldError[] {
  const replicas = spec?.replicas ?? 0;
  return replicas < 0 ? [invalid('spec.replicas', replicas, 'must be greater than or equal to 0')] : [];
}
