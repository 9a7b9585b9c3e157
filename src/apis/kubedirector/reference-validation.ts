/** Whether the objects that a cluster names exist and are usable. */
import { duplicate, forbidden, invalid, notFoundValue, required, type FieldError } from '../../meta/field-error.ts';
import { deepEqual } from '../../meta/json.ts';
import type { ClusterFacts, ReferenceFacts } from './lookup.ts';
import { mountProblem, normalizedPath, validateInjectionTarget } from './guest-paths.ts';
import { generatedMountPaths } from './mounts.ts';
import { isForbidden } from './references.ts';
import type { ClusterRole, ClusterSpec, SecretMount, VolumeProjection } from './types.ts';
import { present, type WellShaped } from './well-shaped.ts';

type Role = WellShaped<ClusterRole>;

/** @param defaultSecret where it is checked itself: a role's secret that was taken over from it is reported there */
export function validateRoleReferences(
  role: Role,
  path: string,
  defaultSecret: WellShaped<SecretMount> | undefined,
  facts: ClusterFacts,
  references: ReferenceFacts,
): FieldError[] {
  const { secret, serviceAccountName } = role;
  const errors = [...validateStorageClass(role, path, facts), ...validateBlockStorageClass(role, path, facts)];
  if (secret !== undefined && !deepEqual(secret, defaultSecret)) {
    errors.push(...validateSecret(secret, `${path}.secret`, facts, references));
  }
  if (serviceAccountName !== undefined && isMissing(references, 'serviceaccounts', serviceAccountName)) {
    const wanted = `there must be such a ServiceAccount in namespace "${facts.namespace}"`;
    errors.push(notFoundValue(`${path}.serviceAccountName`, serviceAccountName, wanted));
  }
  for (const { index, item } of present(role.fileInjections)) {
    const problem = item.srcURL === undefined ? undefined : references.urlProblems.get(item.srcURL);
    const field = `${path}.fileInjections[${index}]`;
    if (problem !== undefined) errors.push(invalid(`${field}.srcURL`, item.srcURL, problem));
    if (item.destDir !== undefined) errors.push(...validateInjectionTarget(item.destDir, item.srcURL, field));
  }
  return [...errors, ...validateMounts(role, path, facts), ...validateProjections(role, path, facts, references)];
}

/** Objects that the user may not read are not reported: they must not learn whether these exist. */
function isMissing(
  { secrets, serviceAccounts, forbidden: refused }: ReferenceFacts,
  resource: 'secrets' | 'serviceaccounts',
  name: string,
): boolean {
  const there = resource === 'secrets' ? secrets : serviceAccounts;
  return !there.has(name) && !isForbidden(refused, resource, name);
}

function validateStorageClass({ storage }: Role, path: string, facts: ClusterFacts): FieldError[] {
  if (storage === undefined) return [];
  const { storageClassName } = storage;
  const field = `${path}.storage.storageClassName`;
  if (storageClassName === undefined) {
    return [required(field, 'neither the global configuration nor Kubernetes has a default storage class')];
  }
  return validateClassExists(storageClassName, field, facts);
}

function validateBlockStorageClass({ blockStorage }: Role, path: string, facts: ClusterFacts): FieldError[] {
  const name = blockStorage?.storageClassName;
  return name === undefined ? [] : validateClassExists(name, `${path}.blockStorage.storageClassName`, facts);
}

function validateClassExists(storageClassName: string, field: string, facts: ClusterFacts): FieldError[] {
  if (facts.storageClasses.includes(storageClassName)) return [];
  const known = facts.storageClasses.length === 0 ? 'there are none' : `there are ${facts.storageClasses.join(', ')}`;
  return [notFoundValue(field, storageClassName, `must be an existing StorageClass; ${known}`)];
}

/** What is wrong with a reference to a Secret; empty for a good one. */
export function validateSecret(
  { name }: WellShaped<SecretMount>,
  path: string,
  facts: ClusterFacts,
  references: ReferenceFacts,
): FieldError[] {
  if (name === undefined) return [];
  const prefix = facts.config?.requiredSecretPrefix ?? '';
  const field = `${path}.name`;
  const wanted = `there must be such a Secret in namespace "${facts.namespace}"`;
  return [
    ...(name.startsWith(prefix)
      ? []
      : [invalid(field, name, `must begin with "${prefix}", as the global configuration demands`)]),
    ...(isMissing(references, 'secrets', name) ? [notFoundValue(field, name, wanted)] : []),
  ];
}

function validateProjections(role: Role, path: string, facts: ClusterFacts, references: ReferenceFacts): FieldError[] {
  return present(role.volumeProjections).flatMap(({ index, item }) =>
    validateClaim(item, `${path}.volumeProjections[${index}]`, facts, references),
  );
}

/** Kubernetes refuses pods with two mounts at one path. */
function validateMounts(role: Role, path: string, { app, config }: ClusterFacts): FieldError[] {
  const projected = present(role.volumeProjections).map(({ index, item }) => ({
    field: `${path}.volumeProjections[${index}].mountPath`,
    text: item.mountPath,
    // The schema finds equal paths, because the list is a map by mountPath.
    isRepeated: present(role.volumeProjections).some(
      (one) => one.index < index && one.item.mountPath === item.mountPath,
    ),
  }));
  const mounts = [{ field: `${path}.secret.mountPath`, text: role.secret?.mountPath, isRepeated: false }, ...projected];
  const generated = generatedMountPaths(role, app?.app, config);
  const seen = new Set<string>();
  return mounts.flatMap(({ field, text, isRepeated }) => {
    if (text === undefined) return [];
    const mountPath = normalizedPath(text);
    const problem = mountProblem(text);
    const isTaken = seen.has(mountPath) && !isRepeated;
    seen.add(mountPath);
    return [
      ...(generated.includes(mountPath)
        ? [forbidden(field, `${mountPath} is one that KubeDirector mounts something at; choose another`)]
        : []),
      ...(problem === undefined ? [] : [forbidden(field, problem)]),
      ...(isTaken ? [duplicate(field, text)] : []),
    ];
  });
}

function validateClaim(
  { pvcName }: WellShaped<VolumeProjection>,
  path: string,
  facts: ClusterFacts,
  references: ReferenceFacts,
): FieldError[] {
  if (pvcName === undefined) return [];
  const claim = references.claims.get(pvcName);
  if (claim === undefined) {
    if (isForbidden(references.forbidden, 'persistentvolumeclaims', pvcName)) return [];
    const wanted = `there must be such a PersistentVolumeClaim in namespace "${facts.namespace}"`;
    return [notFoundValue(`${path}.pvcName`, pvcName, wanted)];
  }
  const mode = claim.spec?.volumeMode ?? 'Filesystem';
  return mode === 'Filesystem'
    ? []
    : [invalid(`${path}.pvcName`, pvcName, `must be of volumeMode Filesystem; it is ${mode}`)];
}

/** A claim that more than one member mounts must allow this. */
export function validateSharedClaims(spec: WellShaped<ClusterSpec>, references: ReferenceFacts): FieldError[] {
  const users = new Map<string, { members: number; readonly field: string }>();
  for (const { index, item: role } of present(spec.roles)) {
    const counted = new Set<string>();
    for (const { index: place, item } of present(role.volumeProjections)) {
      if (item.pvcName === undefined || counted.has(item.pvcName)) continue;
      counted.add(item.pvcName);
      const field = `spec.roles[${index}].volumeProjections[${place}].pvcName`;
      const user = users.get(item.pvcName) ?? { members: 0, field };
      users.set(item.pvcName, { members: user.members + (role.members ?? 0), field: user.field });
    }
  }
  return [...users].flatMap(([name, { members, field }]) => {
    const claim = references.claims.get(name);
    const modes = claim?.spec?.accessModes ?? [];
    const isShared = modes.includes('ReadWriteMany') || modes.includes('ReadOnlyMany');
    return claim === undefined || isShared || members <= 1
      ? []
      : [invalid(field, name, `${members} members use it, so its accessModes must have ReadWriteMany or ReadOnlyMany`)];
  });
}
