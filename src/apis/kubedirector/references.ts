/**
 * What a cluster refers to by name, and who may refer to it. The members can read it. So nobody may read through a
 * cluster what they may not read themselves, neither by naming it nor by running code of their own beside it.
 */
import { forbidden, invalid, type FieldError } from '../../meta/field-error.ts';
import { dns1123SubdomainErrors } from '../../meta/names.ts';
import type { NamespacedName } from '../../meta/object.ts';
import type { UserInfo } from '../../meta/user.ts';
import { forEachBounded } from './bounded.ts';
import { rolesThatRunOtherwise } from './running.ts';
import type { ClusterRole, ClusterSpec, KubeDirectorCluster } from './types.ts';
import { present, type WellShaped } from './well-shaped.ts';

/**
 * What a right is asked for. In the core group; of a cluster it is the tokens and secretKeys that the members see, and
 * the right to them counts. `pods` is about no object: it stands for what only those may have who may create pods.
 */
export type ReferenceResource =
  | 'secrets'
  | 'serviceaccounts'
  | 'persistentvolumeclaims'
  | 'configmaps'
  | 'kubedirectorclusters/authtoken'
  | 'kubedirectorclusters'
  | 'kubedirectorbackups/data'
  | 'pods';

/** A right that Kubernetes can be asked about. */
export interface AskedRight {
  readonly verb: 'get' | 'create' | 'impersonate';
  readonly resource: ReferenceResource;
}

/**
 * Whether a user has a right, whether or not there is an object of that name.
 * @param target its name is '' for a right that is not about one object
 * @throws StatusError 503 where nobody could be asked
 */
export type MayDo = (
  user: UserInfo,
  right: AskedRight,
  target: NamespacedName,
  signal?: AbortSignal,
) => boolean | Promise<boolean>;

/** A reference from a cluster to another object. */
export interface Reference {
  readonly resource: ReferenceResource;
  readonly name: string;
  /** "spec.roles[0].secret.name" */
  readonly field: string;
  /** How it is used: the members' pods get it, or its content goes into configmeta.json. */
  readonly use: 'mount' | 'connection';
  /** Id of the role whose pods see it; absent: those of all roles. */
  readonly role?: string | undefined;
  /** Why the right is needed, if the field does not say so. */
  readonly why?: string;
}

/** A reference that its user may not make. */
export interface ForbiddenReference extends Reference {
  /** Name of the user who wrote it. */
  readonly user: string;
}

/** Rights of which any one is enough. Asked in this order. */
const rightsTo: Readonly<Record<ReferenceResource, readonly [AskedRight, ...AskedRight[]]>> = {
  secrets: [{ verb: 'get', resource: 'secrets' }],
  configmaps: [{ verb: 'get', resource: 'configmaps' }],
  'kubedirectorclusters/authtoken': [{ verb: 'get', resource: 'kubedirectorclusters/authtoken' }],
  kubedirectorclusters: [{ verb: 'get', resource: 'kubedirectorclusters' }],
  // The right to get a backup is not the right to read the files in it, which the members of a new cluster get.
  'kubedirectorbackups/data': [{ verb: 'get', resource: 'kubedirectorbackups/data' }],
  // The right to get an account is not the right to act as it. Who may create pods may run them as any account of the
  // namespace.
  serviceaccounts: [
    { verb: 'impersonate', resource: 'serviceaccounts' },
    { verb: 'create', resource: 'pods' },
  ],
  // The right to get a claim is not the right to read its files. Who may create pods may mount any claim of the
  // namespace.
  persistentvolumeclaims: [{ verb: 'create', resource: 'pods' }],
  pods: [{ verb: 'create', resource: 'pods' }],
};

/** How many questions one write asks at a time. */
const atOnce = 16;

/** One write may ask for the rights to at most so many objects. */
const maxReferences = 500;

/** At most so many URLs are checked for one write: each may take 15 s, and the whole write a minute. */
const maxURLs = 64;

/** What must be looked up to check a reference. */
export interface ReferenceQuestion {
  readonly user: UserInfo;
  readonly cluster: WellShaped<KubeDirectorCluster>;
  /** Where the cluster exists. */
  readonly old?: KubeDirectorCluster | undefined;
  /** Besides what the cluster names. */
  readonly further?: readonly Reference[];
  readonly signal?: AbortSignal;
}

/**
 * The references that the user may not make. Asked about are those that the write adds, and those that the pods see in
 * which the write changes what runs: who may only scale or label a cluster needs no right to what it refers to.
 * @throws StatusError 503 where nobody could be asked; the signal's reason
 */
export async function forbiddenReferences(mayDo: MayDo, question: ReferenceQuestion): Promise<ForbiddenReference[]> {
  const { user, cluster, signal } = question;
  const namespace = cluster.metadata?.namespace ?? '';
  const used = usedReferences(question).filter(
    ({ resource, name }) => resource === 'pods' || dns1123SubdomainErrors(name).length === 0,
  );
  const objects = [...new Map(used.map((one) => [objectOf(one), one])).entries()];
  const answers = new Map<string, Promise<boolean>>();
  const has = (right: AskedRight, name: string): Promise<boolean> => {
    const target = { namespace, name: right.resource === 'pods' ? '' : name };
    const key = `${right.verb} ${right.resource}/${target.name}`;
    const answer = answers.get(key) ?? Promise.resolve(mayDo(user, right, target, signal));
    answers.set(key, answer);
    return answer;
  };
  const refused = new Set<string>();
  await forEachBounded(objects, atOnce, signal, async ([object, { resource, name }]) => {
    for (const right of rightsTo[resource]) if (await has(right, name)) return;
    refused.add(object);
  });
  const found = used.filter((one) => refused.has(objectOf(one))).map((one) => ({ ...one, user: user.name }));
  // The default secret is reported once, however many roles have it.
  return [...new Map(found.map((one) => [one.field, one])).values()];
}

/** What is wrong with a write that would ask for more rights than one write may. */
export function validateReferenceCount(question: ReferenceQuestion): FieldError[] {
  const count = new Set(usedReferences(question).map(objectOf)).size;
  const urls = newURLs(question.cluster.spec, question.old?.spec).size;
  return [
    ...(count > maxReferences
      ? [forbidden('spec', `refers to ${count} objects at once; at most ${maxReferences} are allowed in one write`)]
      : []),
    ...(urls > maxURLs
      ? [
          forbidden(
            'spec.roles',
            `names ${urls} new URLs of files at once; at most ${maxURLs} are allowed in one write`,
          ),
        ]
      : []),
  ];
}

/** Those of fileInjections that were not there before. */
export function newURLs(
  spec: WellShaped<ClusterSpec> | undefined,
  old: WellShaped<ClusterSpec> | undefined,
): ReadonlySet<string> {
  const of = (one: WellShaped<ClusterSpec> | undefined): string[] =>
    present<Role>(one?.roles).flatMap(({ item }) =>
      present(item.fileInjections).flatMap(({ item: { srcURL } }) => srcURL ?? []),
    );
  const known = new Set(of(old));
  return new Set(of(spec).filter((url) => !known.has(url)));
}

/** References by something that cannot be an object's name; no right is asked for. */
export function validateReferenceNames(question: ReferenceQuestion): FieldError[] {
  return usedReferences(question).flatMap(({ resource, name, field }) =>
    resource === 'pods' ? [] : dns1123SubdomainErrors(name).map((problem) => invalid(field, name, problem)),
  );
}

/** Does not check whether the objects exist. */
export function validateReferences(refused: readonly ForbiddenReference[], namespace: string): FieldError[] {
  return refused.map(({ field, user, resource, name, why }) => {
    const rights = rightsTo[resource];
    const described = rights.map((right) => describe(right, name));
    const reason = why === undefined ? '' : `, ${why}`;
    return forbidden(
      field,
      `user ${JSON.stringify(user)} cannot ${described[0] ?? ''} in namespace "${namespace}"${reason}; ` +
        `ask for a Role in that namespace that allows ${rights.map((right) => allowing(right, name)).join(', or ')}`,
    );
  });
}

const describe = ({ verb, resource }: AskedRight, name: string): string =>
  resource === 'pods' ? `${verb} pods` : `${verb} ${resource} "${name}"`;
const allowing = ({ verb, resource }: AskedRight, name: string): string =>
  resource === 'pods' ? `${verb} on pods` : `${verb} on ${resource} "${name}"`;

/** Whether nothing may be said of an object, wherever the cluster refers to it. */
export function isForbidden(
  refused: readonly ForbiddenReference[],
  resource: ReferenceResource,
  name: string,
): boolean {
  return refused.some((one) => one.resource === resource && one.name === name);
}

/** What the write makes use of: see forbiddenReferences. */
function usedReferences({ cluster, old, further = [] }: ReferenceQuestion): Reference[] {
  const { spec } = cluster;
  if (spec === undefined) return [];
  const references = referencesOf(spec);
  if (old === undefined) return [...references, ...further];
  const known = new Set(referencesOf(old.spec).map(useOf));
  const changed = rolesThatRunOtherwise(spec, old.spec);
  const isUsed = ({ role }: Reference): boolean => (role === undefined ? changed.size > 0 : changed.has(role));
  const besideIt = 'which this write changes what runs beside';
  return [
    ...references.flatMap((one) => (known.has(useOf(one)) ? (isUsed(one) ? { ...one, why: besideIt } : []) : one)),
    ...further.filter(isUsed),
  ];
}

const objectOf = ({ resource, name }: Reference): string => `${resource}/${name}`;
const useOf = (reference: Reference): string => `${reference.use} ${objectOf(reference)}`;

/** Of a default secret itself: no pod sees it but through its role. No role has this id. */
const noRole = '';

function referencesOf({ defaultSecret, connections, roles }: WellShaped<ClusterSpec>): Reference[] {
  const connected = (kind: 'secrets' | 'configmaps' | 'clusters', resource: ReferenceResource): Reference[] =>
    present(connections?.[kind]).map(({ index, item: name }) => {
      return { resource, name, field: `spec.connections.${kind}[${index}]`, use: 'connection' };
    });
  return [
    ...mounts('secrets', defaultSecret?.name, 'spec.defaultSecret.name', noRole),
    ...connected('secrets', 'secrets'),
    ...connected('configmaps', 'configmaps'),
    ...connected('clusters', 'kubedirectorclusters/authtoken'),
    ...present<Role>(roles).flatMap(({ index, item }) => mountsOf(item, `spec.roles[${index}]`, defaultSecret?.name)),
  ];
}

type Role = WellShaped<ClusterRole>;

/** @param defaultSecret a role's secret that is this one is reported there */
function mountsOf(role: Role, path: string, defaultSecret: string | undefined): Reference[] {
  const { id, secret, serviceAccountName, volumeProjections, env } = role;
  const secretField = secret?.name === defaultSecret ? 'spec.defaultSecret.name' : `${path}.secret.name`;
  return [
    ...mounts('secrets', secret?.name, secretField, id),
    ...mounts('serviceaccounts', serviceAccountName, `${path}.serviceAccountName`, id),
    ...present(volumeProjections).flatMap(({ index, item }) =>
      mounts('persistentvolumeclaims', item.pvcName, `${path}.volumeProjections[${index}].pvcName`, id),
    ),
    ...present(env).flatMap(({ index, item: { valueFrom } }) => [
      ...mounts('secrets', valueFrom?.secretKeyRef?.name, `${path}.env[${index}].valueFrom.secretKeyRef.name`, id),
      ...mounts(
        'configmaps',
        valueFrom?.configMapKeyRef?.name,
        `${path}.env[${index}].valueFrom.configMapKeyRef.name`,
        id,
      ),
    ]),
  ];
}

function mounts(resource: ReferenceResource, name: string | undefined, field: string, role?: string): Reference[] {
  return name === undefined ? [] : [{ resource, name, field, use: 'mount', role }];
}
