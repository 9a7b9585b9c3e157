/** Reads a file for --encryption-provider-config. */
import { createHash } from 'node:crypto';
import {
  validateConfiguration,
  type EncryptionConfiguration,
  type ReadConfiguration,
} from '../../storage/encryption/index.ts';
import { readStrictFile } from '../strict-file.ts';
import { configurationSchema } from './configuration-schema.ts';

/**
 * As strictly as kube-apiserver does: unknown and repeated fields are errors.
 * @throws ConfigurationError that names every problem, and no secret
 */
export async function readConfigurationFile(path: string): Promise<ReadConfiguration> {
  const { value, bytes } = await readStrictFile<EncryptionConfiguration>({
    ...{ flag: '--encryption-provider-config', path, kind: 'EncryptionConfiguration' },
    ...{ schema: configurationSchema, validate: validateConfiguration },
  });
  return { configuration: value, hash: createHash('sha256').update(bytes).digest('hex') };
}
