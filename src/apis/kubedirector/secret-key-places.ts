/** The secretKeys of clusters: encrypted when written, bound to their place, and compared by what they hold. */
import { forbidden, type FieldError } from '../../meta/field-error.ts';
import {
  decryptSecretKey,
  encryptionKeyError,
  encryptSecretKey,
  openStoredSecretKey,
  usableKeys,
  type KeyRing,
  type RandomBytes,
  type SecretKeyPlace,
} from './secret-keys.ts';
import { keysBeforeUpdate } from './keys-before-update.ts';
import type { ClusterRole, KubeDirectorCluster, SecretKey } from './types.ts';
import { present, type WellShaped } from './well-shaped.ts';

type Cluster = WellShaped<KubeDirectorCluster>;
type Role = WellShaped<ClusterRole>;
type Key = WellShaped<SecretKey>;

/** What encrypting needs. */
export interface Encryption extends KeyRing {
  readonly randomBytes: RandomBytes;
}

/** The place of a key of a cluster, as encrypted values are bound to it. */
export function placeOf(cluster: Cluster, role: string, key: string): SecretKeyPlace {
  const { namespace = '', name = '' } = cluster.metadata ?? {};
  return { namespace, cluster: name, role, key };
}

const usable = (key: string | undefined): key is string => key !== undefined && encryptionKeyError(key) === undefined;

/**
 * The role with its secretKeys encrypted. A value that cannot be encrypted stays as it is, and an encryptedValue that
 * is not the one of before is dropped: validation finds both.
 * @param old the role as it is stored, where it is
 * @param before what the role had before an update: a text of it that was made for this place may come back
 */
export function withEncryptedKeys(
  cluster: Cluster,
  role: Role,
  encryption: Encryption,
  old?: ClusterRole,
  before: readonly SecretKey[] = [],
): Role {
  if (role.secretKeys === undefined) return role;
  const encrypt = (key: Key): Key => {
    const { encryptedValue, ...rest } = key;
    const kept = old?.secretKeys?.find(({ name }) => name === key.name)?.encryptedValue;
    const isSentBack = (key.value ?? '') === '' && encryptedValue !== undefined;
    if (!isSentBack) return encryptedKey(cluster, role, key, encryption, kept);
    if (encryptedValue === kept) return { ...rest, encryptedValue };
    const place = placeOf(cluster, role.id ?? '', key.name ?? '');
    const hadIt = before.some((one) => one.name === key.name && one.encryptedValue === encryptedValue);
    if (hadIt && isMadeFor(encryptedValue, encryption, place)) return { ...rest, encryptedValue };
    return wasKept(encryptedValue, kept, encryption, place) ? { ...rest, encryptedValue: kept } : rest;
  };
  return { ...role, secretKeys: role.secretKeys.map((key) => key && encrypt(key)) };
}

/** Whether the text was the stored one before the key changed, as it may still be in somebody's file. */
function wasKept(text: string, kept: string | undefined, ring: KeyRing, place: SecretKeyPlace): kept is string {
  if (kept === undefined || ring.former.length === 0 || !isMadeFor(text, ring, place)) return false;
  return openStoredSecretKey(text, ring, place)?.value === openStoredSecretKey(kept, ring, place)?.value;
}

/**
 * Every value of a cluster that comes back from a backup encrypted, and no encryptedValue touched: what of them is
 * accepted is for validateBroughtKeys to say.
 */
export function withBroughtKeys<T extends Cluster>(cluster: T, encryption: Encryption): T {
  const encrypt = (role: Role, key: Key): Key =>
    (key.value ?? '') === '' && key.encryptedValue !== undefined ? key : encryptedKey(cluster, role, key, encryption);
  return withKeys(cluster, encrypt);
}

/** @param kept stays where it holds the very value: applying a file again changes nothing, though nonces differ */
function encryptedKey(cluster: Cluster, role: Role, key: Key, encryption: Encryption, kept?: string) {
  const { value = '', ...rest } = key;
  const { key: masterKey, randomBytes } = encryption;
  delete rest.encryptedValue;
  if (!usable(masterKey)) return { ...rest, value };
  const place = placeOf(cluster, role.id ?? '', key.name ?? '');
  const isKept = kept !== undefined && openStoredSecretKey(kept, encryption, place)?.value === value;
  return { ...rest, encryptedValue: isKept ? kept : encryptSecretKey(value, masterKey, randomBytes, place) };
}

/**
 * The cluster with every stored text that is bound to no place, or was made with a former key, made anew for its place with the
 * present key; the same one where there is none.
 */
export function withBoundKeys<T extends Cluster>(cluster: T, encryption: Encryption): T {
  const { key: masterKey, randomBytes } = encryption;
  if (!usable(masterKey)) return cluster;
  return withKeys(cluster, (role, key) => {
    if (key.encryptedValue === undefined) return key;
    const place = placeOf(cluster, role.id ?? '', key.name ?? '');
    const opened = openStoredSecretKey(key.encryptedValue, encryption, place);
    if (opened === undefined || opened.bound) return key;
    return { ...key, encryptedValue: encryptSecretKey(opened.value, masterKey, randomBytes, place) };
  });
}

/** Whether a stored text was made with a former key. */
export function hasOutdatedKeys(cluster: Cluster, ring: KeyRing): boolean {
  const roles = present<Role>(cluster.spec?.roles).map(({ item: { id, secretKeys } }) => ({ id, secretKeys }));
  const before = present(cluster.status?.beforeUpdate?.roles).map(({ item: { id } }) => {
    return { id, secretKeys: keysBeforeUpdate(cluster, id) };
  });
  return [...roles, ...before].some((role) =>
    present<Key>(role.secretKeys).some(({ item: { name = '', encryptedValue } }) => {
      if (encryptedValue === undefined) return false;
      const place = placeOf(cluster, role.id ?? '', name);
      if (openStoredSecretKey(encryptedValue, { ...ring, former: [] }, place) !== undefined) return false;
      return openStoredSecretKey(encryptedValue, { key: undefined, former: ring.former }, place) !== undefined;
    }),
  );
}

/**
 * `old` with the texts of `next` wherever both hold the same value: a text that was only bound to its place, or made with the
 * present key, is no change that a user made.
 */
export function withTextsOf(old: KubeDirectorCluster, next: Cluster, ring: KeyRing): KubeDirectorCluster {
  if (!usable(ring.key)) return old;
  const texts = new Map(
    present<Role>(next.spec?.roles).flatMap(({ item: role }) =>
      present<Key>(role.secretKeys).map(({ item }) => [idOf(role, item), item.encryptedValue] as const),
    ),
  );
  return withKeys(old, (role, key) => {
    const text = texts.get(idOf(role, key));
    if (text === undefined || key.encryptedValue === undefined || text === key.encryptedValue) return key;
    const place = placeOf(old, role.id ?? '', key.name ?? '');
    const was = openStoredSecretKey(key.encryptedValue, ring, place);
    if (was === undefined || was.bound) return key;
    return openStoredSecretKey(text, ring, place)?.value === was.value ? { ...key, encryptedValue: text } : key;
  });
}

/**
 * What is wrong with the encrypted values that somebody brings with a cluster from a backup: each must have been made
 * for the very place where it stands. One that is bound to no place may have been read in another cluster.
 * @param needsKey whether it is an error that there is no key to look with. While a cluster waits for its backup, the
 *   configuration may be still to come
 */
export function validateBroughtKeys(cluster: Cluster, ring: KeyRing, needsKey: boolean): FieldError[] {
  const { key: masterKey } = ring;
  return present<Role>(cluster.spec?.roles).flatMap(({ index, item: role }) =>
    present<Key>(role.secretKeys).flatMap(({ index: at, item: { name = '', value, encryptedValue } }) => {
      const path = `spec.roles[${index}].secretKeys[${at}]`;
      if (encryptedValue === undefined)
        return value === undefined || usable(masterKey) ? [] : [forbidden(`${path}.value`, noKeyToEncrypt(masterKey))];
      if (!usable(masterKey))
        return needsKey ? [forbidden(`${path}.encryptedValue`, `can't be checked: ${keyProblem(masterKey)}`)] : [];
      return isMadeFor(encryptedValue, ring, placeOf(cluster, role.id ?? '', name))
        ? []
        : [forbidden(`${path}.encryptedValue`, notMadeForHere)];
    }),
  );
}

const notMadeForHere =
  'was not made with the present masterEncryptionKey for this namespace, cluster, role and key name; send value instead';

/** Why a value is not stored, where the configuration has no key for it. */
export const noKeyToEncrypt = (masterKey: string | undefined): string => `can't be encrypted: ${keyProblem(masterKey)}`;

const keyProblem = (masterKey: string | undefined): string =>
  masterKey === undefined
    ? 'there is no KubeDirectorConfig'
    : 'the KubeDirectorConfig has no usable masterEncryptionKey';

const isMadeFor = (text: string, ring: KeyRing, place: SecretKeyPlace): boolean =>
  usableKeys(ring).some((key) => {
    try {
      decryptSecretKey(text, key, place);
      return true;
    } catch {
      return false;
    }
  });

const idOf = (role: Role, key: Key): string => JSON.stringify([role.id, key.name]);

/** The same cluster where no key changes. Those of before an update count as well. */
function withKeys<T extends Cluster>(cluster: T, change: (role: Role, key: Key) => Key): T {
  return withKeysBeforeUpdate(withKeysOfSpec(cluster, change), change);
}

function withKeysOfSpec<T extends Cluster>(cluster: T, change: (role: Role, key: Key) => Key): T {
  const { spec } = cluster;
  if (spec?.roles === undefined) return cluster;
  const roles = spec.roles.map((role) => {
    if (role?.secretKeys === undefined) return role;
    const secretKeys = role.secretKeys.map((key) => key && change(role, key));
    return secretKeys.some((key, index) => key !== role.secretKeys?.[index]) ? { ...role, secretKeys } : role;
  });
  return roles.some((role, index) => role !== spec.roles?.[index]) ? { ...cluster, spec: { ...spec, roles } } : cluster;
}

function withKeysBeforeUpdate<T extends Cluster>(cluster: T, change: (role: Role, key: Key) => Key): T {
  const { beforeUpdate } = cluster.status ?? {};
  if (beforeUpdate?.roles === undefined) return cluster;
  const roles = beforeUpdate.roles.map((role) => {
    const before = keysBeforeUpdate(cluster, role?.id);
    const secretKeys = before.map((key) => change({ id: role?.id }, key));
    const isSame = secretKeys.every((key, index) => key === before[index]);
    return isSame ? role : { ...role, fields: { ...role?.fields, secretKeys } };
  });
  if (roles.every((role, index) => role === beforeUpdate.roles?.[index])) return cluster;
  return { ...cluster, status: { ...cluster.status, beforeUpdate: { ...beforeUpdate, roles } } };
}
