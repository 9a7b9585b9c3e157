/** NaCl's secretbox: XSalsa20 and Poly1305. Source: k8s.io/apiserver/pkg/storage/value/encrypt/secretbox */
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { randomBytes } from 'node:crypto';
import type { Transformer } from './transformer.ts';

const nonceBytes = 24;
const tagBytes = 16;

/**
 * Nonce, tag, ciphertext. The place is not authenticated: a value of another place is not found out.
 * @param key 32 bytes
 */
export function secretbox(key: Buffer): Pick<Transformer, 'toStorage' | 'fromStorage'> {
  return {
    toStorage(value) {
      const nonce = randomBytes(nonceBytes);
      return Buffer.concat([nonce, xsalsa20poly1305(key, nonce).encrypt(value)]);
    },
    fromStorage(stored) {
      if (stored.length < nonceBytes + tagBytes) throw new Error('the stored data was shorter than the required size');
      const nonce = stored.subarray(0, nonceBytes);
      const { buffer, byteOffset, byteLength } = xsalsa20poly1305(key, nonce).decrypt(stored.subarray(nonceBytes));
      return { value: Buffer.from(buffer, byteOffset, byteLength), isStale: false };
    },
  };
}
