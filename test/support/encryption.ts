/** Encryption with keys that tests name. */
import { createHash } from 'node:crypto';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import {
  openEncryption,
  validateConfiguration,
  type Encryption,
  type EncryptionConfiguration,
} from '../../src/storage/encryption/index.ts';

type Provider = EncryptionConfiguration['resources'][number]['providers'][number];

/** 32 bytes that follow from the name. */
export const secretOf = (name: string): string => createHash('sha256').update(name).digest('base64');

/** A provider with keys of these names; their secrets follow from them. */
export function keys(provider: 'aesgcm' | 'aescbc' | 'secretbox', ...names: string[]): Provider {
  return { [provider]: { keys: names.map((name) => ({ name, secret: secretOf(name) })) } };
}

/** For everything. The first one writes. */
export const forAll = (...providers: Provider[]): EncryptionConfiguration => ({
  resources: [{ resources: ['*.*'], providers }],
});

/** A configuration that stays as it is. */
export function encryptionWith(configuration: EncryptionConfiguration): Promise<Encryption> {
  const problems = validateConfiguration(configuration);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const read = () => Promise.resolve({ configuration, hash: JSON.stringify(configuration) });
  return openEncryption({ read, clock: systemClock, logger: silentLogger });
}
