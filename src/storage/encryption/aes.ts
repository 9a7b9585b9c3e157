/** AES in the forms of kube-apiserver. Source: k8s.io/apiserver/pkg/storage/value/encrypt/aes */
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, type CipherGCMTypes } from 'node:crypto';
import { ownBuffer } from '../own-buffer.ts';
import type { Transformer } from './transformer.ts';

/** Encrypts and decrypts; the names are those of Transformer. */
type Cipher = Pick<Transformer, 'toStorage' | 'fromStorage'>;

const nonceBytes = 12;
const tagBytes = 16;
const blockBytes = 16;

/**
 * AES-GCM: nonce, ciphertext, tag. The nonces are random: one key should write at most 2^32 values.
 * @param key 16, 24 or 32 bytes
 */
export function aesGcm(key: Buffer): Cipher {
  // The types know the three by name only.
  const algorithm = `aes-${key.length * 8}-gcm` as CipherGCMTypes;
  const secret = createSecretKey(key);
  return {
    toStorage(value, authenticated) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, secret, nonce).setAAD(authenticated);
      return Buffer.concat([nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
    },
    fromStorage(stored, authenticated) {
      const end = stored.length - tagBytes;
      if (end < nonceBytes) throw new Error('the stored data was shorter than the required size');
      const nonce = stored.subarray(0, nonceBytes);
      const decipher = createDecipheriv(algorithm, secret, nonce, { authTagLength: tagBytes })
        .setAAD(authenticated)
        .setAuthTag(stored.subarray(end));
      const value = decipher.update(stored.subarray(nonceBytes, end));
      decipher.final();
      return { value, isStale: false };
    },
  };
}

/**
 * AES-CBC: initialization vector, ciphertext with PKCS #7 padding. Nothing is authenticated: a changed value, or one of
 * another place, is not found out.
 * @param key 16, 24 or 32 bytes
 */
export function aesCbc(key: Buffer): Cipher {
  const algorithm = `aes-${key.length * 8}-cbc`;
  const secret = createSecretKey(key);
  return {
    toStorage(value) {
      const vector = randomBytes(blockBytes);
      const cipher = createCipheriv(algorithm, secret, vector);
      return Buffer.concat([vector, cipher.update(value), cipher.final()]);
    },
    fromStorage(stored) {
      if (stored.length < blockBytes) throw new Error('the stored data was shorter than the required size');
      const decipher = createDecipheriv(algorithm, secret, stored.subarray(0, blockBytes));
      const value = Buffer.concat([decipher.update(stored.subarray(blockBytes)), decipher.final()]);
      return { value: ownBuffer(value), isStale: false };
    },
  };
}
