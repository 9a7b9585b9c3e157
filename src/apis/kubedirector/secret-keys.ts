/**
 * The encryption of secretKeys: AES-GCM with the global configuration's masterEncryptionKey; the text is the hex of
 * nonce (12 bytes), ciphertext and tag (16 bytes), one after the other.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';

const nonceBytes = 12;
const tagBytes = 16;
const algorithms: Readonly<Record<number, 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm'>> = {
  16: 'aes-128-gcm',
  24: 'aes-192-gcm',
  32: 'aes-256-gcm',
};

/** So many bytes that nobody can guess. */
export type RandomBytes = (count: number) => Uint8Array;

const isHex = (text: string): boolean => /^([0-9a-fA-F]{2})*$/.test(text);

/** What is wrong with a masterEncryptionKey; undefined where nothing is. Never says the key. */
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

/** @throws Error where the key is unusable */
export function encryptSecretKey(value: string, key: string, randomBytes: RandomBytes): string {
  const { algorithm, bytes } = decodeKey(key);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, bytes, nonce);
  const ciphertext = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]).toString('hex');
}

/** @throws Error where the key is unusable, or not the one that this text was made with */
export function decryptSecretKey(encrypted: string, key: string): string {
  const { algorithm, bytes } = decodeKey(key);
  const data = Buffer.from(encrypted, 'hex');
  if (!isHex(encrypted) || data.length < nonceBytes + tagBytes) throw new Error('the encrypted value is damaged');
  const decipher = createDecipheriv(algorithm, bytes, data.subarray(0, nonceBytes));
  decipher.setAuthTag(data.subarray(-tagBytes));
  try {
    const value = Buffer.concat([decipher.update(data.subarray(nonceBytes, -tagBytes)), decipher.final()]);
    return value.toString('utf8');
  } catch (error) {
    throw new Error('the encrypted value was not made with this master encryption key', { cause: error });
  }
}
