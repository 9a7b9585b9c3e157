/** Whether the objects that a cluster names are there, and of use. */
import { duplicate, forbidden, invalid, notFoundValue, required, type FieldError } from '../../meta/field-error.ts';
import { deepEqual } from '../../meta/json.ts';
import type { ClusterFacts, ReferenceFacts } from './lookup.ts';
import { generatedMountPaths } from './mounts.ts';
import type { ClusterRole, ClusterSpec, SecretMount, VolumeProjection } from './types.ts';
import { present, type WellShaped } from './well-shaped.ts';

type Role = WellShaped<ClusterRole>;

export function validateRoleReferences(
  role: Role,
  path: string,
  spec: WellShaped<ClusterSpec>,
  facts: ClusterFacts,
  references: ReferenceFacts,
): FieldError[] {
  const { secret, serviceAccountName } = role;
  const errors = validateStorageClass(role, path, facts);
  // A secret taken over from defaultSecret is reported there.
  if (secret !== undefined && !deepEqual(secret, spec.defaultSecret)) {
    errors.push(...validateSecret(secret, `${path}.secret`, facts, references));
  }
  if (serviceAccountName !== undefined && !references.serviceAccounts.has(serviceAccountName)) {
    const wanted = `there must be such a ServiceAccount in namespace "${facts.namespace}"`;
    errors.push(notFoundValue(`${path}.serviceAccountName`, serviceAccountName, wanted));
  }
  for (const { index, item } of present(role.fileInjections)) {
    const problem = item.srcURL === undefined ? undefined : references.urlProblems.get(item.srcURL);
    if (problem !== undefined) errors.push(invalid(`${path}.fileInjections[${index}].srcURL`, item.srcURL, problem));
  }
  return [...errors, ...validateProjections(role, path, facts, references)];
}

function validateStorageClass({ storage }: Role, path: string, facts: ClusterFacts): FieldError[] {
  if (storage === undefined) return [];
  const { storageClassName } = storage;
  const field = `${path}.storage.storageClassName`;
  if (storageClassName === undefined) {
    return [required(field, 'neither the global configuration nor Kubernetes has a default storage class')];
  }
  if (facts.storageClasses.includes(storageClassName)) return [];
  const known = facts.storageClasses.length === 0 ? 'there are none' : `there are ${facts.storageClasses.join(', ')}`;
  return [notFoundValue(field, storageClassName, `must be an existing StorageClass; ${known}`)];
}

export function validateSecret(
  { name }: WellShaped<SecretMount>,
  path: string,
  facts: ClusterFacts,
  references: ReferenceFacts,
): FieldError[] {
  if (name === undefined) return [];
  const prefix = facts.config?.requiredSecretPrefix ?? '';
  if (!name.startsWith(prefix)) {
    return [invalid(`${path}.name`, name, `must begin with "${prefix}", as the global configuration demands`)];
  }
  if (references.secrets.has(name)) return [];
  return [notFoundValue(`${path}.name`, name, `there must be such a Secret in namespace "${facts.namespace}"`)];
}

function validateProjections(role: Role, path: string, facts: ClusterFacts, references: ReferenceFacts): FieldError[] {
  const generated = generatedMountPaths(role, facts.app?.app, facts.config);
  const seen = new Set<string>();
  return present(role.volumeProjections).flatMap(({ index, item }) => {
    const field = `${path}.volumeProjections[${index}]`;
    const errors = validateClaim(item, field, facts, references);
    if (item.mountPath === undefined) return errors;
    const mountPath = normalized(item.mountPath);
    if (generated.includes(mountPath)) {
      errors.push(
        forbidden(`${field}.mountPath`, `${mountPath} is one that KubeDirector mounts something at; choose another`),
      );
    }
    // The very same text twice is the schema's to find: the list is a map by mountPath.
    const isRepeated = present(role.volumeProjections).some(
      (one) => one.index < index && one.item.mountPath === item.mountPath,
    );
    if (seen.has(mountPath) && !isRepeated) errors.push(duplicate(`${field}.mountPath`, item.mountPath));
    seen.add(mountPath);
    return errors;
  });
}

/** "/data//x/" is "/data/x". */
function normalized(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return `/${parts.join('/')}`;
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
    const wanted = `there must be such a PersistentVolumeClaim in namespace "${facts.namespace}"`;
    return [notFoundValue(`${path}.pvcName`, pvcName, wanted)];
  }
  const mode = claim.spec?.volumeMode ?? 'Filesystem';
  return mode === 'Filesystem'
    ? []
    : [invalid(`${path}.pvcName`, pvcName, `must be of volumeMode Filesystem; it is ${mode}`)];
}

/** A claim that more than one member mounts must be one that several can. */
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
