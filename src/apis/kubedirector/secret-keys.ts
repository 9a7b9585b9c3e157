/**
 * The encryption of secretKeys: AES-GCM with the global configuration's masterEncryptionKey; the text is the hex of
 * nonce (12 bytes), ciphertext and tag (16 bytes), one after the other.
 *
 * A text is bound to its place: namespace, cluster, role and key name are the additional authenticated data, which adds
 * no bytes. In any other place it cannot be decrypted. Earlier versions, and the operator that this program succeeds,
 * wrote texts that are bound to no place.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';

const nonceBytes = 12;
const tagBytes = 16;
const algorithms: Readonly<Record<number, 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm'>> = {
  16: 'aes-128-gcm',
  24: 'aes-192-gcm',
  32: 'aes-256-gcm',
};

/** Makes so many random bytes that nobody can guess. */
export type RandomBytes = (count: number) => Uint8Array;

const isHex = (text: string): boolean => /^([0-9a-fA-F]{2})*$/.test(text);

/** The error in a masterEncryptionKey; undefined if there is none. The text never contains the key. */
export function encryptionKeyError(key: string): string | undefined {
  const usable = isHex(key) && algorithms[key.length / 2] !== undefined;
  return usable ? undefined : 'must be 16, 24 or 32 bytes as hexadecimal digits';
}

function decodeKey(key: string): { algorithm: 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm'; bytes: Buffer } {
  const problem = encryptionKeyError(key);
  const bytes = Buffer.from(key, 'hex');
  const algorithm = algorithms[bytes.length];
  if (problem !== undefined || algorithm === undefined)
    throw new Error(`the master encryption key ${problem ?? 'is unusable'}`);
  return { algorithm, bytes };
}

/**
 * Where an encrypted value stands. A cluster that comes back from a backup has another uid, so the uid is no part of
 * it.
 */
export interface SecretKeyPlace {
  readonly namespace: string;
  /** Name of the cluster. */
  readonly cluster: string;
  /** Id of the role. */
  readonly role: string;
  /** Name of the secret key. */
  readonly key: string;
}

/** As JSON, so that two different places never have the same bytes. */
const boundTo = ({ namespace, cluster, role, key }: SecretKeyPlace): Buffer =>
  Buffer.from(JSON.stringify(['kubedirector.hpe.com/secretKeys/v1', namespace, cluster, role, key]), 'utf8');

/**
 * @param place where the text is going to stand; absent: the text is bound to no place, as earlier versions wrote it
 * @throws Error where the key is unusable
 */
export function encryptSecretKey(value: string, key: string, randomBytes: RandomBytes, place?: SecretKeyPlace): string {
  const { algorithm, bytes } = decodeKey(key);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, bytes, nonce);
  if (place !== undefined) cipher.setAAD(boundTo(place));
  const ciphertext = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]).toString('hex');
}

/**
 * @param place where the text stands: it must have been made for that place. Absent: it must be bound to no place
 * @throws Error where the key is unusable, or this text was not made with it and for that place
 */
export function decryptSecretKey(encrypted: string, key: string, place?: SecretKeyPlace): string {
  const { algorithm, bytes } = decodeKey(key);
  const data = Buffer.from(encrypted, 'hex');
  if (!isHex(encrypted) || data.length < nonceBytes + tagBytes) throw new Error('the encrypted value is damaged');
  const decipher = createDecipheriv(algorithm, bytes, data.subarray(0, nonceBytes), { authTagLength: tagBytes });
  if (place !== undefined) decipher.setAAD(boundTo(place));
  decipher.setAuthTag(data.subarray(-tagBytes));
  try {
    const value = Buffer.concat([decipher.update(data.subarray(nonceBytes, -tagBytes)), decipher.final()]);
    return value.toString('utf8');
  } catch (error) {
    const where = place === undefined ? '' : ' for this namespace, cluster, role and key name';
    throw new Error(`the encrypted value was not made with this master encryption key${where}`, { cause: error });
  }
}

/** A stored value, and whether its text is bound to its place by the present key. */
interface OpenedSecretKey {
  readonly value: string;
  readonly bound: boolean;
}

/** The key that texts are made with, and those before it that stored texts may still have been made with. */
export interface KeyRing {
  /** Of the global configuration; undefined where there is none. */
  readonly key: string | undefined;
  readonly former: readonly string[];
}

/** What there is to say of keys in the global configuration. */
export function keyRingOf(
  config:
    | {
        readonly masterEncryptionKey?: string | undefined;
        readonly formerEncryptionKeys?: readonly string[] | undefined;
      }
    | undefined,
): KeyRing {
  return { key: config?.masterEncryptionKey, former: config?.formerEncryptionKeys ?? [] };
}

/** Those that can be used, the present one first. */
export function usableKeys({ key, former }: KeyRing): readonly string[] {
  return [...(key === undefined ? [] : [key]), ...former].filter((one) => encryptionKeyError(one) === undefined);
}

/**
 * What a text holds that has been stored in its place: bound to it, or bound to nothing by an earlier version. Only for
 * texts that are stored already: one that a user sends must be bound to its place, or be the stored one.
 * @returns undefined where it cannot be decrypted: another key or another place made it, or it is damaged
 */
export function openStoredSecretKey(
  encrypted: string,
  ring: KeyRing,
  place: SecretKeyPlace,
): OpenedSecretKey | undefined {
  for (const key of usableKeys(ring)) {
    for (const where of [place, undefined]) {
      try {
        return { value: decryptSecretKey(encrypted, key, where), bound: where !== undefined && key === ring.key };
      } catch {
        // Another key, another place, or damage: the caller need not know which.
      }
    }
  }
  return undefined;
}
