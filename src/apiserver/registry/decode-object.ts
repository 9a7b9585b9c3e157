/**
 * Decodes request bodies into objects of the kind that a path accepts. Wording:
 * k8s.io/apiserver/pkg/endpoints/handlers.
 */
import { invalid } from '../../meta/field-error.ts';
import { isJsonObject, without, type JsonObject } from '../../meta/json.ts';
import { apiVersionString, type KubeObject, type NamespacedName } from '../../meta/object.ts';
import { badRequest, invalidObject, type StatusError } from '../../meta/status.ts';
import type { Steps } from '../../runtime/steps.ts';
import { isDeeperThan, maxDepth } from '../../schema/depth.ts';
import type { ResourceSchema } from '../../schema/contract.ts';
import { getOwn } from '../../schema/own-keys.ts';
import { DecodeError } from '../decoding/decode-error.ts';
import { decodeSteps, type BodyFormat, type DecodedBody } from '../decoding/decode.ts';
import { decodeMessage } from '../decoding/protobuf-message.ts';
import { openEnvelope } from '../decoding/protobuf.ts';
import { canonicalMetadata } from './canonical-metadata.ts';
import { metadataTypeProblem } from './metadata-types.ts';
import { namespaceMismatch } from './pipeline.ts';
import type { FieldValidation } from './write-options.ts';

/** What kind of object is expected. */
export interface Expected {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly schema: ResourceSchema;
  /** Whether a body without any bytes is an object without any fields; absent: it is not. */
  readonly mayBeEmpty?: boolean;
}

/** kube-apiserver lists at most this many problems of one document. */
const maxStrictErrors = 100;

/**
 * Decodes a body, in steps. apiVersion and kind may be left out. Unknown and repeated fields are an error, a warning or nothing.
 * @throws StatusError 400
 */
export function* decodeObject(
  expected: Expected,
  body: { bytes: Buffer; format: BodyFormat },
  fieldValidation: FieldValidation,
  warn: (message: string) => void,
): Steps<KubeObject> {
  const { kind, mayBeEmpty } = expected;
  if (mayBeEmpty === true && body.bytes.length === 0) return identified(expected, {});
  const { value, duplicates } = yield* decode(expected, body, fieldValidation !== 'Ignore');
  yield;
  if (!isJsonObject(value)) throw unrecognized(kind, `expected an object, found ${describe(value)}`);
  const object = identified(expected, value);
  if (fieldValidation === 'Ignore') return object;
  yield;
  const problems = [...duplicates, ...unknownFieldErrors(expected.schema, value)].slice(0, maxStrictErrors);
  if (problems.length > 0 && fieldValidation === 'Strict') {
    const yaml = body.format === 'yaml' && duplicates.length > 0 ? 'yaml: unmarshal errors:\n  ' : '';
    throw unhandled(expected, kind, `strict decoding error: ${yaml}${problems.join(', ')}`);
  }
  for (const problem of problems) warn(problem);
  return object;
}

function* decode(
  expected: Expected,
  { bytes, format }: { bytes: Buffer; format: BodyFormat },
  findDuplicates: boolean,
): Steps<DecodedBody> {
  try {
    if (format === 'protobuf') return decodeProtobuf(expected, bytes);
    return yield* decodeSteps(bytes, format, { findDuplicates });
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const what = format === 'json' ? `couldn't get version/kind; ${error.message}` : error.message;
    throw unrecognized(expected.kind, what, error);
  }
}

/** The envelope's kind is checked first: a message decoded as another type would give nonsense. */
function decodeProtobuf(expected: Expected, bytes: Buffer): DecodedBody {
  const { typeMeta, raw } = openEnvelope(bytes);
  const { apiVersion, kind } = identified(expected, { ...typeMeta });
  try {
    return { value: { kind, apiVersion, ...decodeMessage(expected.schema.name, raw) }, duplicates: [] };
  } catch (error) {
    if (error instanceof DecodeError) throw unhandled(expected, kind, error.message, error);
    throw error;
  }
}

/** With apiVersion, kind and metadata filled in where they were left out. */
function identified(expected: Expected, value: JsonObject): KubeObject {
  const wanted = apiVersionString(expected);
  const apiVersion = identity(expected, value, 'apiVersion') ?? wanted;
  const kind = identity(expected, value, 'kind') ?? expected.kind;
  if (apiVersion !== wanted) {
    throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${wanted})`);
  }
  if (kind !== expected.kind) throw unhandled(expected, kind, `the kind in the data must be ${expected.kind}`);
  const metadata = Object.hasOwn(value, 'metadata') ? (value.metadata ?? {}) : {};
  if (!isJsonObject(metadata)) throw unhandled(expected, kind, `metadata must be an object, not ${describe(metadata)}`);
  const problem = metadataTypeProblem(metadata);
  if (problem !== undefined) throw unhandled(expected, kind, problem);
  return canonicalMetadata({ ...value, apiVersion, kind, metadata: withoutNulls(metadata) });
}

function identity(expected: Expected, value: JsonObject, key: 'apiVersion' | 'kind'): string | undefined {
  const given = Object.hasOwn(value, key) ? value[key] : undefined;
  if (given === undefined || given === null || given === '') return undefined;
  if (typeof given !== 'string') throw unrecognized(expected.kind, `${key} must be a string, not ${describe(given)}`);
  return given;
}

/** Null in metadata always means "not there". */
function withoutNulls(metadata: JsonObject): JsonObject {
  if (!Object.values(metadata).includes(null)) return metadata;
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null));
}

/** Fields that the schema does not know, in kube-apiserver's words. @param before see ResourceSchema.unknownFields */
export function unknownFieldErrors(schema: ResourceSchema, value: unknown, before?: unknown): string[] {
  return schema.unknownFields(value, before).map((path) => `unknown field "${path}"`);
}

/**
 * Checks the fields of a patched object that no patch may change, and the types of its metadata.
 * @param current what was patched
 * @throws StatusError 400 or 422
 */
export function checkPatched(
  expected: Expected,
  { namespace, name }: NamespacedName,
  patched: object,
  current: object,
): KubeObject {
  const object = patched as JsonObject;
  const wanted = apiVersionString(expected);
  const errors = [
    ...(object.apiVersion === wanted ? [] : [invalid('apiVersion', object.apiVersion, `must be ${wanted}`)]),
    ...(object.kind === expected.kind ? [] : [invalid('kind', object.kind, `must be ${expected.kind}`)]),
  ];
  if (errors.length > 0) throw invalidObject(expected, name, errors);
  const before: JsonObject = { ...current };
  if (isDeeperThan(changedParts(object, before), maxDepth))
    throw badRequest(`the patched object exceeds the max depth of ${maxDepth}`);
  const metadata = object.metadata ?? {};
  const problem = isJsonObject(metadata)
    ? metadataTypeProblem(metadata, isJsonObject(before.metadata) ? before.metadata : {})
    : `metadata must be an object, not ${describe(metadata)}`;
  if (!isJsonObject(metadata) || problem !== undefined) {
    throw invalidObject(expected, name, [invalid('patch', '(patched object)', problem ?? '')]);
  }
  const present = withoutNulls(metadata);
  checkName(present, name, namespace);
  return canonicalMetadata({ ...object, apiVersion: wanted, kind: expected.kind, metadata: present });
}

/** The fields that are not the very same in what was patched: what is stored is not too deep. So with those of metadata. */
function changedParts(patched: JsonObject, current: JsonObject): JsonObject {
  const { metadata } = patched;
  const changed = otherFields(patched, current);
  if (!Object.hasOwn(changed, 'metadata') || !isJsonObject(metadata) || !isJsonObject(current.metadata)) return changed;
  return { ...changed, metadata: otherFields(metadata, current.metadata) };
}

/** The fields whose values are not the very same. */
function otherFields(object: JsonObject, before: JsonObject): JsonObject {
  return without(object, ...Object.keys(object).filter((field) => object[field] === getOwn(before, field)));
}

/** The object must be the one that the path names. @throws StatusError 400 */
export function checkName(metadata: JsonObject, name: string, namespace: string): void {
  if (typeof metadata.name !== 'string' || metadata.name === '') {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  const given = metadata.namespace ?? '';
  if (given !== '' && given !== namespace) throw namespaceMismatch();
}

function unrecognized(kind: string, why: string, cause?: Error): StatusError {
  const message = `the object provided is unrecognized (must be of type ${kind}): ${why}`;
  return badRequest(message, cause === undefined ? undefined : { cause });
}

function unhandled(expected: Expected, kind: string, why: string, cause?: Error): StatusError {
  return badRequest(
    `${kind} in version ${JSON.stringify(expected.version)} cannot be handled as a ${expected.kind}: ${why}`,
    cause === undefined ? undefined : { cause },
  );
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return isJsonObject(value) ? 'an object' : `a ${typeof value}`;
}
