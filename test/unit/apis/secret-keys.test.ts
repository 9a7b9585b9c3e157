import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  decryptSecretKey,
  encryptionKeyError,
  encryptSecretKey,
  openStoredSecretKey,
  type SecretKeyPlace,
} from '../../../src/apis/kubedirector/secret-keys.ts';

const key = '00112233445566778899aabbccddeeff';

describe('secret keys', () => {
  it.each([16, 24, 32])('come back from encryption with %i bytes', (bytes) => {
    const own = randomBytes(bytes).toString('hex');
    for (const value of ['', 'hunter2', 'Grüße\n', 'x'.repeat(10_000)]) {
      expect(decryptSecretKey(encryptSecretKey(value, own, randomBytes), own)).toBe(value);
    }
  });

  it('are nonce, ciphertext and tag in hexadecimal', () => {
    const text = encryptSecretKey('hunter2', key, (count) => new Uint8Array(count));
    expect(text).toMatch(/^0{24}[0-9a-f]{46}$/);
  });

  it('differ each time for the same value', () => {
    expect(encryptSecretKey('a', key, randomBytes)).not.toBe(encryptSecretKey('a', key, randomBytes));
  });

  it('can be read if Go sealed them, as the existing operator does', () => {
    // crypto/cipher NewGCM with this key and the nonce 00 01 02 … 0b.
    const sealed = '000102030405060708090a0b43a059b0cbe5bd40f94a46f230ca2e35168331e05b811dd67e938b4fd6a7f3';
    expect(decryptSecretKey(sealed, key)).toBe('hunter2 from Go');
    const nonce = Uint8Array.from({ length: 12 }, (_, index) => index);
    expect(encryptSecretKey('hunter2 from Go', key, () => nonce)).toBe(sealed);
  });

  it.each(['', 'abcd', 'zz'.repeat(40), '00'.repeat(40), 'abc'])('can not be made up: %s', (text) => {
    expect(() => decryptSecretKey(text, key)).toThrow(/the encrypted value/);
  });

  it('can not be read with another key', () => {
    const text = encryptSecretKey('a', key, randomBytes);
    expect(() => decryptSecretKey(text, key.replace('00', '01'))).toThrow(
      'was not made with this master encryption key',
    );
  });

  it.each(['', 'ab', 'zz'.repeat(16), '00'.repeat(17), '0'.repeat(33)])('take no key like %j', (bad) => {
    expect(encryptionKeyError(bad)).toBe('must be 16, 24 or 32 bytes as hexadecimal digits');
    expect(() => encryptSecretKey('a', bad, randomBytes)).toThrow('the master encryption key must be');
  });
});

describe('a secret key that is bound to its place', () => {
  const place: SecretKeyPlace = { namespace: 'team', cluster: 'spark', role: 'worker', key: 'password' };
  const sealed = encryptSecretKey('hunter2', key, randomBytes, place);
  const elsewhere: [string, Partial<SecretKeyPlace>][] = [
    ['namespace', { namespace: 'thief' }],
    ['cluster', { cluster: 'other' }],
    ['role', { role: 'master' }],
    ['key', { key: 'copy' }],
    ['split of the names', { cluster: 'spar', role: 'kworker' }],
  ];

  it('is read there, and its text is no longer than that of an unbound one', () => {
    expect(decryptSecretKey(sealed, key, place)).toBe('hunter2');
    expect(sealed).toHaveLength(encryptSecretKey('hunter2', key, randomBytes).length);
    expect(openStoredSecretKey(sealed, { key, former: [] }, place)).toEqual({ value: 'hunter2', bound: true });
  });

  it.each(elsewhere)('can not be read in another %s', (_what, other) => {
    expect(() => decryptSecretKey(sealed, key, { ...place, ...other })).toThrow('was not made with this master');
    expect(openStoredSecretKey(sealed, { key, former: [] }, { ...place, ...other })).toBeUndefined();
    expect(() => decryptSecretKey(sealed, key)).toThrow('was not made with this master');
  });

  it('is distinguished from one of an earlier version, which can still be read', () => {
    const unbound = encryptSecretKey('hunter2', key, randomBytes);
    expect(openStoredSecretKey(unbound, { key, former: [] }, place)).toEqual({ value: 'hunter2', bound: false });
    expect(() => decryptSecretKey(unbound, key, place)).toThrow('for this namespace, cluster, role and key name');
  });

  it('is not read by a shortened tag', () => {
    expect(openStoredSecretKey(sealed.slice(0, -8), { key, former: [] }, place)).toBeUndefined();
  });
});
