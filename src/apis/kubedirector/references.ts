/**
 * What a cluster refers to by name. Its members get to see what is in it: nobody reads through a cluster what they may
 * not read themselves.
 */
import { forbidden, type FieldError } from '../../meta/field-error.ts';
import type { NamespacedName } from '../../meta/object.ts';
import type { UserInfo } from '../../meta/user.ts';
import type { ClusterRole, ClusterSpec, KubeDirectorCluster } from './types.ts';
import { present, type WellShaped } from './well-shaped.ts';

/** In the core group; of a connected cluster it is the tokens that are passed on, and the right to them that counts. */
export type ReferenceResource =
  'secrets' | 'serviceaccounts' | 'persistentvolumeclaims' | 'configmaps' | 'kubedirectorclusters/authtoken';

/**
 * Whether a user may `get` an object, whether or not there is one of that name.
 * @throws StatusError 503 where nobody could be asked
 */
export type MayGet = (
  user: UserInfo,
  resource: ReferenceResource,
  target: NamespacedName,
) => boolean | Promise<boolean>;

export interface Reference {
  readonly resource: ReferenceResource;
  readonly name: string;
  /** "spec.roles[0].secret.name" */
  readonly field: string;
  /** What comes of it: the members' pods get it, or its content goes into configmeta.json. */
  readonly use: 'mount' | 'connection';
}

/** A reference that its user may not make. */
export interface ForbiddenReference extends Reference {
  /** Name of the user who wrote it. */
  readonly user: string;
}

/** So many questions are on their way at a time, of one write. */
const atOnce = 16;

/**
 * The references that the user adds and may not make.
 * @param old where the cluster exists: who may change it may leave alone what it refers to already
 */
export async function forbiddenReferences(
  mayGet: MayGet,
  user: UserInfo,
  cluster: WellShaped<KubeDirectorCluster>,
  old?: KubeDirectorCluster,
): Promise<ForbiddenReference[]> {
  const namespace = cluster.metadata?.namespace ?? '';
  const added = addedReferences(cluster.spec, old?.spec);
  const objects = [...new Map(added.map((one) => [objectOf(one), one])).entries()];
  const refused = new Set<string>();
  for (let from = 0; from < objects.length; from += atOnce) {
    const asked = objects.slice(from, from + atOnce).map(async ([object, { resource, name }]) => {
      if (!(await mayGet(user, resource, { namespace, name }))) refused.add(object);
    });
    await Promise.all(asked);
  }
  return added.filter((one) => refused.has(objectOf(one))).map((one) => ({ ...one, user: user.name }));
}

/** Says nothing of whether there are such objects. */
export function validateReferences(refused: readonly ForbiddenReference[], namespace: string): FieldError[] {
  return refused.map(({ field, user, resource, name }) => {
    const wayOut = `ask for a Role in that namespace that allows get on ${resource} "${name}"`;
    return forbidden(
      field,
      `user ${JSON.stringify(user)} cannot get ${resource} "${name}" in namespace "${namespace}"; ${wayOut}`,
    );
  });
}

/** Whether nothing may be said of an object, wherever the cluster refers to it. */
export function isForbidden(
  refused: readonly ForbiddenReference[],
  resource: ReferenceResource,
  name: string,
): boolean {
  return refused.some((one) => one.resource === resource && one.name === name);
}

/** What the members of some role have already may be given to others. */
function addedReferences(spec: WellShaped<ClusterSpec> | undefined, old: ClusterSpec | undefined): Reference[] {
  if (spec === undefined) return [];
  const known = new Set(old === undefined ? [] : referencesOf(old).map(useOf));
  return referencesOf(spec).filter((one) => !known.has(useOf(one)));
}

const objectOf = ({ resource, name }: Reference): string => `${resource}/${name}`;
const useOf = (reference: Reference): string => `${reference.use} ${objectOf(reference)}`;

function referencesOf({ defaultSecret, connections, roles }: WellShaped<ClusterSpec>): Reference[] {
  const connected = (kind: 'secrets' | 'configmaps' | 'clusters', resource: ReferenceResource): Reference[] =>
    present(connections?.[kind]).map(({ index, item: name }) => {
      return { resource, name, field: `spec.connections.${kind}[${index}]`, use: 'connection' };
    });
  return [
    ...mount('secrets', defaultSecret?.name, 'spec.defaultSecret.name'),
    ...connected('secrets', 'secrets'),
    ...connected('configmaps', 'configmaps'),
    ...connected('clusters', 'kubedirectorclusters/authtoken'),
    ...present<Role>(roles).flatMap(({ index, item }) => mountsOf(item, `spec.roles[${index}]`, defaultSecret?.name)),
  ];
}

type Role = WellShaped<ClusterRole>;

/** @param defaultSecret a role's secret that is this one is reported there */
function mountsOf(role: Role, path: string, defaultSecret: string | undefined): Reference[] {
  const { secret, serviceAccountName, volumeProjections, env } = role;
  return [
    ...(secret?.name === defaultSecret ? [] : mount('secrets', secret?.name, `${path}.secret.name`)),
    ...mount('serviceaccounts', serviceAccountName, `${path}.serviceAccountName`),
    ...present(volumeProjections).flatMap(({ index, item }) =>
      mount('persistentvolumeclaims', item.pvcName, `${path}.volumeProjections[${index}].pvcName`),
    ),
    ...present(env).flatMap(({ index, item: { valueFrom } }) => [
      ...mount('secrets', valueFrom?.secretKeyRef?.name, `${path}.env[${index}].valueFrom.secretKeyRef.name`),
      ...mount('configmaps', valueFrom?.configMapKeyRef?.name, `${path}.env[${index}].valueFrom.configMapKeyRef.name`),
    ]),
  ];
}

function mount(resource: ReferenceResource, name: string | undefined, field: string): Reference[] {
  return name === undefined ? [] : [{ resource, name, field, use: 'mount' }];
}
