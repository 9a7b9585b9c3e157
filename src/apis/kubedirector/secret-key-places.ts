/** The secretKeys of clusters: encrypted when written, bound to their place, and compared by what they hold. */
import { forbidden, type FieldError } from '../../meta/field-error.ts';
import {
  decryptSecretKey,
  encryptionKeyError,
  encryptSecretKey,
  openStoredSecretKey,
  type RandomBytes,
  type SecretKeyPlace,
} from './secret-keys.ts';
import type { ClusterRole, KubeDirectorCluster, SecretKey } from './types.ts';
import { present, type WellShaped } from './well-shaped.ts';

type Cluster = WellShaped<KubeDirectorCluster>;
type Role = WellShaped<ClusterRole>;
type Key = WellShaped<SecretKey>;

/** What encrypting needs. */
export interface Encryption {
  /** Of the global configuration; undefined where there is none. */
  readonly key: string | undefined;
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
 */
export function withEncryptedKeys(cluster: Cluster, role: Role, encryption: Encryption, old?: ClusterRole): Role {
  if (role.secretKeys === undefined) return role;
  const encrypt = (key: Key): Key => {
    const { encryptedValue, ...rest } = key;
    const kept = old?.secretKeys?.find(({ name }) => name === key.name)?.encryptedValue;
    const isSentBack = (key.value ?? '') === '' && encryptedValue !== undefined;
    if (!isSentBack) return encryptedKey(cluster, role, key, encryption, kept);
    return encryptedValue === kept ? { ...rest, encryptedValue } : rest;
  };
  return { ...role, secretKeys: role.secretKeys.map((key) => key && encrypt(key)) };
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
function encryptedKey(
  cluster: Cluster,
  role: Role,
  key: Key,
  { key: masterKey, randomBytes }: Encryption,
  kept?: string,
) {
  const { value = '', ...rest } = key;
  delete rest.encryptedValue;
  if (!usable(masterKey)) return { ...rest, value };
  const place = placeOf(cluster, role.id ?? '', key.name ?? '');
  const isKept = kept !== undefined && openStoredSecretKey(kept, masterKey, place)?.value === value;
  return { ...rest, encryptedValue: isKept ? kept : encryptSecretKey(value, masterKey, randomBytes, place) };
}

/** The cluster with every stored text that is bound to no place bound to its own; the same one where there is none. */
export function withBoundKeys<T extends Cluster>(cluster: T, { key: masterKey, randomBytes }: Encryption): T {
  if (!usable(masterKey)) return cluster;
  return withKeys(cluster, (role, key) => {
    if (key.encryptedValue === undefined) return key;
    const place = placeOf(cluster, role.id ?? '', key.name ?? '');
    const opened = openStoredSecretKey(key.encryptedValue, masterKey, place);
    if (opened === undefined || opened.bound) return key;
    return { ...key, encryptedValue: encryptSecretKey(opened.value, masterKey, randomBytes, place) };
  });
}

/**
 * `old` with the texts of `next` wherever both hold the same value: a text that was only bound to its place is no
 * change that a user made.
 */
export function withTextsOf(
  old: KubeDirectorCluster,
  next: Cluster,
  masterKey: string | undefined,
): KubeDirectorCluster {
  if (!usable(masterKey)) return old;
  const texts = new Map(
    present<Role>(next.spec?.roles).flatMap(({ item: role }) =>
      present<Key>(role.secretKeys).map(({ item }) => [idOf(role, item), item.encryptedValue] as const),
    ),
  );
  return withKeys(old, (role, key) => {
    const text = texts.get(idOf(role, key));
    if (text === undefined || key.encryptedValue === undefined || text === key.encryptedValue) return key;
    const place = placeOf(old, role.id ?? '', key.name ?? '');
    const was = openStoredSecretKey(key.encryptedValue, masterKey, place);
    if (was === undefined || was.bound) return key;
    return openStoredSecretKey(text, masterKey, place)?.value === was.value ? { ...key, encryptedValue: text } : key;
  });
}

/**
 * What is wrong with the encrypted values that somebody brings with a cluster from a backup: each must have been made
 * for the very place where it stands. One that is bound to no place may have been read in another cluster.
 * @param needsKey whether it is an error that there is no key to look with. While a cluster waits for its backup, the
 *   configuration may be still to come
 */
export function validateBroughtKeys(cluster: Cluster, masterKey: string | undefined, needsKey: boolean): FieldError[] {
  return present<Role>(cluster.spec?.roles).flatMap(({ index, item: role }) =>
    present<Key>(role.secretKeys).flatMap(({ index: at, item: { name = '', value, encryptedValue } }) => {
      const path = `spec.roles[${index}].secretKeys[${at}]`;
      if (encryptedValue === undefined)
        return value === undefined || usable(masterKey) ? [] : [forbidden(`${path}.value`, noKeyToEncrypt(masterKey))];
      if (!usable(masterKey))
        return needsKey ? [forbidden(`${path}.encryptedValue`, `can't be checked: ${keyProblem(masterKey)}`)] : [];
      return isMadeFor(encryptedValue, masterKey, placeOf(cluster, role.id ?? '', name))
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

function isMadeFor(text: string, masterKey: string, place: SecretKeyPlace): boolean {
  try {
    decryptSecretKey(text, masterKey, place);
    return true;
  } catch {
    return false;
  }
}

const idOf = (role: Role, key: Key): string => JSON.stringify([role.id, key.name]);

/** The same cluster where no key changes. */
function withKeys<T extends Cluster>(cluster: T, change: (role: Role, key: Key) => Key): T {
  const { spec } = cluster;
  if (spec?.roles === undefined) return cluster;
  const roles = spec.roles.map((role) => {
    if (role?.secretKeys === undefined) return role;
    const secretKeys = role.secretKeys.map((key) => key && change(role, key));
    return secretKeys.some((key, index) => key !== role.secretKeys?.[index]) ? { ...role, secretKeys } : role;
  });
  return roles.some((role, index) => role !== spec.roles?.[index]) ? { ...cluster, spec: { ...spec, roles } } : cluster;
}
