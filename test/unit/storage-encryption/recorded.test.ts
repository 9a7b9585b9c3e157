/** What kube-apiserver 1.37 wrote to etcd with the key "one", for a Secret, a ConfigMap and a ServiceAccount. */
import { describe, expect, it } from 'vitest';
import { aesCbc, aesGcm } from '../../../src/storage/encryption/aes.ts';
import { secretbox } from '../../../src/storage/encryption/secretbox.ts';
import { secretOf } from '../../support/encryption.ts';
import recorded from '../../testdata/encryption.json' with { type: 'json' };

const ciphers = { aesgcm: aesGcm, aescbc: aesCbc, secretbox } as const;

describe.each(recorded)('a value that kube-apiserver wrote with $provider', ({ key, provider, stored, value }) => {
  const cipher = ciphers[provider as keyof typeof ciphers](Buffer.from(secretOf('one'), 'base64'));
  const head = `k8s:enc:${provider}:v1:one:`;
  const bytes = Buffer.from(stored, 'base64');

  it('is read', async () => {
    expect(bytes.toString('latin1', 0, head.length)).toBe(head);
    const opened = await cipher.fromStorage(bytes.subarray(head.length), Buffer.from(key));
    expect(opened.value.toString('base64')).toBe(value);
    expect(opened.value.toString('latin1', 0, 4)).toBe('k8s\0');
  });

  it('is as long as one that is written here', () => {
    const written = cipher.toStorage(Buffer.from(value, 'base64'), Buffer.from(key));
    expect(written.length).toBe(bytes.length - head.length);
  });
});
