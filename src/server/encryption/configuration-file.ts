/** Reads a file for --encryption-provider-config. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DecodeError } from '../../apiserver/decoding/decode-error.ts';
import { decodeBody } from '../../apiserver/decoding/decode.ts';
import { createResourceSchema } from '../../schema/index.ts';
import {
  validateConfiguration,
  type EncryptionConfiguration,
  type ReadConfiguration,
} from '../../storage/encryption/index.ts';
import { ConfigurationError } from '../configuration-error.ts';
import { configurationSchema } from './configuration-schema.ts';

/**
 * As strictly as kube-apiserver does: unknown and repeated fields are errors.
 * @throws ConfigurationError that names every problem, and no secret
 */
export async function readConfigurationFile(path: string): Promise<ReadConfiguration> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw refused(cause instanceof Error ? cause.message : String(cause), cause);
  }
  return { configuration: parse(bytes, path), hash: createHash('sha256').update(bytes).digest('hex') };
}

function parse(bytes: Buffer, path: string): EncryptionConfiguration {
  const { value, duplicates } = decode(bytes, path);
  const schema = createResourceSchema('EncryptionConfiguration', { EncryptionConfiguration: configurationSchema });
  const misshapen = schema
    .validate(value)
    .map(({ field, message }) => (field === '' ? message : `${field}: ${message}`));
  const unknown = schema.unknownFields(value).map((field) => `unknown field "${field}"`);
  const problems = [...misshapen, ...unknown, ...duplicates];
  if (problems.length > 0) throw refused(`${path}: ${problems.join('; ')}`);
  // Validated by the schema, so the cast is safe.
  const configuration = value as EncryptionConfiguration;
  const errors = validateConfiguration(configuration).map(({ field, message }) => `${field}: ${message}`);
  if (errors.length > 0) throw refused(`${path}: ${errors.join('; ')}`);
  return configuration;
}

function decode(bytes: Buffer, path: string) {
  if (bytes.length === 0) throw refused(`${path} is empty`);
  try {
    return decodeBody(bytes, 'yaml', { findDuplicates: true });
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw refused(`${path}: ${cause.message}`, cause);
  }
}

function refused(reason: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError(`--encryption-provider-config: ${reason}`, { cause });
}
