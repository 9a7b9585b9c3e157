import { aesCbc, aesGcm } from './aes.ts';
import type { EncryptionConfiguration, KeysConfiguration, ProviderConfiguration } from './configuration.ts';
import { TransformersByResource } from './resources.ts';
import { decodeSecret } from './secret.ts';
import { secretbox } from './secretbox.ts';
import { identity, type Transformer } from './transformer.ts';

const ciphers = { aesgcm: aesGcm, aescbc: aesCbc, secretbox } as const;

/** Makes the transformers of a configuration that is valid. */
export function createTransformers({ resources }: EncryptionConfiguration): TransformersByResource {
  return new TransformersByResource(
    resources.map((entry) => ({
      resources: entry.resources,
      transformers: entry.providers.flatMap(transformersOf),
    })),
  );
}

function transformersOf({ aesgcm, aescbc, secretbox: box }: ProviderConfiguration): readonly Transformer[] {
  if (aesgcm !== undefined) return withKeys('aesgcm', aesgcm);
  if (aescbc !== undefined) return withKeys('aescbc', aescbc);
  return box === undefined ? [identity] : withKeys('secretbox', box);
}

function withKeys(provider: keyof typeof ciphers, { keys }: KeysConfiguration): readonly Transformer[] {
  return keys.map(({ name, secret }) => {
    const key = decodeSecret(secret);
    if (key === undefined) throw new TypeError(`the secret of the key ${name} is not base64`);
    return { prefix: Buffer.from(`k8s:enc:${provider}:v1:${name}:`), ...ciphers[provider](key) };
  });
}
