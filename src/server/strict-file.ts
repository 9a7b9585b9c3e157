/** Files in kube-apiserver's configuration formats, read as strictly as it reads them. */
import { readFile } from 'node:fs/promises';
import { DecodeError } from '../apiserver/decoding/decode-error.ts';
import { decodeBody } from '../apiserver/decoding/decode.ts';
import type { FieldError } from '../meta/field-error.ts';
import { createResourceSchema } from '../schema/index.ts';
import type { OpenApiSchema } from '../schema/contract.ts';
import { ConfigurationError } from './configuration-error.ts';

interface StrictFile<T> {
  /** That names the file. */
  readonly flag: string;
  readonly path: string;
  readonly kind: string;
  readonly schema: OpenApiSchema;
  /** What the schema cannot say. @param value has the schema's shape */
  readonly validate: (value: T) => readonly FieldError[];
}

/**
 * YAML or JSON. Unknown and repeated fields are errors.
 * @typeParam T what the schema describes
 * @throws ConfigurationError that names the flag, the file and every problem, and quotes no values of wrong types
 */
export async function readStrictFile<T>(file: StrictFile<T>): Promise<{ readonly value: T; readonly bytes: Buffer }> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file.path);
  } catch (cause) {
    throw refused(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
  return { value: parsed(file, bytes), bytes };
}

function parsed<T>(file: StrictFile<T>, bytes: Buffer): T {
  const { path, kind } = file;
  const { value, duplicates } = decoded(file, bytes);
  const schema = createResourceSchema(kind, { [kind]: file.schema });
  const unknown = schema.unknownFields(value).map((field) => `unknown field "${field}"`);
  const problems = [...schema.validate(value).map(told), ...unknown, ...duplicates];
  if (problems.length > 0) throw refused(file, `${path}: ${problems.join('; ')}`);
  // Validated by the schema, so the cast is safe.
  const configuration = value as T;
  const errors = file.validate(configuration).map(told);
  if (errors.length > 0) throw refused(file, `${path}: ${errors.join('; ')}`);
  return configuration;
}

function decoded<T>(file: StrictFile<T>, bytes: Buffer) {
  if (bytes.length === 0) throw refused(file, `${file.path} is empty`);
  try {
    return decodeBody(bytes, 'yaml', { findDuplicates: true });
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw refused(file, `${file.path}: ${cause.message}`, cause);
  }
}

function told({ field, message }: FieldError): string {
  return field === '' ? message : `${field}: ${message}`;
}

function refused({ flag }: Pick<StrictFile<never>, 'flag'>, reason: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError(`${flag}: ${reason}`, { cause });
}
