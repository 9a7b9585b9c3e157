import { createHmac, randomBytes } from 'node:crypto';
import { aesGcm } from '../aes.ts';
import type { Transformer } from '../transformer.ts';
import { dekSourceType } from './proto.ts';

/** Bytes of a seed, and of what makes the key of a value of it. */
export const seedBytes = 32;
const infoBytes = 32;

/**
 * What the plaintext of a DEK source encrypts with.
 * @throws Error for one of the wrong size
 */
export function dataKey(type: number, plaintext: Buffer): Pick<Transformer, 'toStorage' | 'fromStorage'> {
  if (type === dekSourceType.seed) return extendedNonceGcm(plaintext);
  if (![16, 24, 32].includes(plaintext.length)) throw new Error(`invalid key size ${plaintext.length}`);
  return aesGcm(plaintext);
}

/**
 * AES-GCM with a key for each value: HKDF-Expand (RFC 5869, SHA-256) of the seed and 32 random bytes, which stand before
 * the value. So there is no limit to the values of one seed. Source: aes.NewHKDFExtendedNonceGCMTransformer
 */
function extendedNonceGcm(seed: Buffer): Pick<Transformer, 'toStorage' | 'fromStorage'> {
  if (seed.length < seedBytes) throw new Error(`invalid seed length ${seed.length} used for key generation`);
  // One block is enough for a key of 32 bytes.
  const keyOf = (info: Buffer): Buffer => createHmac('sha256', seed).update(info).update('\x01').digest();
  return {
    toStorage(value, authenticated) {
      const info = randomBytes(infoBytes);
      return Buffer.concat([info, aesGcm(keyOf(info)).toStorage(value, authenticated)]);
    },
    fromStorage(stored, authenticated) {
      if (stored.length < infoBytes) throw new Error('the stored data was shorter than the required size');
      const key = keyOf(stored.subarray(0, infoBytes));
      return aesGcm(key).fromStorage(stored.subarray(infoBytes), authenticated);
    },
  };
}
