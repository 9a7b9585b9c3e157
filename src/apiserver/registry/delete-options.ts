/** DeleteOptions, from the body or from the query. */
import { invalid, notSupported, type FieldError } from '../../meta/field-error.ts';
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import { badRequest, invalidObject } from '../../meta/status.ts';
import { DecodeError } from '../decoding/decode-error.ts';
import { bodyFormat, decodeBody } from '../decoding/decode.ts';
import { decodeMessage } from '../decoding/protobuf-message.ts';
import { openEnvelope } from '../decoding/protobuf.ts';
import { asBoolean } from '../http/request-info.ts';
import type { DeleteOptions, Preconditions } from './contract.ts';
import { dryRunErrors, metaGroup } from './write-options.ts';

const schemaName = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';
const policies = ['Foreground', 'Background', 'Orphan'] as const;
type Policy = (typeof policies)[number];

/**
 * If there is a body, options in the query are ignored.
 * @throws StatusError 400, 415 or 422
 */
export function parseDeleteOptions(
  query: URLSearchParams,
  body: Buffer,
  contentType: string | undefined,
): DeleteOptions {
  return validateDeleteOptions(body.length === 0 ? fromQuery(query) : fromBody(body, contentType));
}

interface Given {
  readonly dryRun: readonly unknown[];
  readonly propagationPolicy?: string | undefined;
  readonly orphanDependents?: boolean | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly preconditions?: Preconditions;
}

function fromQuery(query: URLSearchParams): Given {
  const grace = query.get('gracePeriodSeconds');
  if (grace !== null && !/^[+-]?\d{1,15}$/.test(grace)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`);
  }
  const orphan = query.get('orphanDependents');
  const uid = query.get('uid');
  return {
    dryRun: query.getAll('dryRun'),
    propagationPolicy: query.get('propagationPolicy') ?? undefined,
    orphanDependents: orphan === null ? undefined : asBoolean(orphan),
    gracePeriodSeconds: grace === null ? undefined : Number(grace),
    // Of the preconditions, a query has this one only.
    ...(uid === null ? {} : { preconditions: { uid } }),
  };
}

function fromBody(body: Buffer, contentType: string | undefined): Given {
  const document = decode(body, contentType) ?? {};
  if (!isJsonObject(document)) throw badRequest("couldn't get version/kind; the body must be a DeleteOptions object");
  refuseKind(document);
  const { dryRun } = document;
  if (dryRun !== undefined && dryRun !== null && !Array.isArray(dryRun)) throw wrongType('dryRun', 'a list of strings');
  return {
    dryRun: (dryRun ?? []) as unknown[],
    propagationPolicy: field(document, 'propagationPolicy', isString, 'a string'),
    orphanDependents: field(document, 'orphanDependents', isBoolean, 'a boolean'),
    gracePeriodSeconds: field(document, 'gracePeriodSeconds', isInteger, 'an integer'),
    preconditions: preconditionsOf(document),
  };
}

function refuseKind({ kind, apiVersion }: { readonly kind?: unknown; readonly apiVersion?: unknown }): void {
  if (kind === undefined || kind === '' || kind === 'DeleteOptions') return;
  throw badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion ?? '')}`);
}

/** DeleteOptions may be sent as protobuf, also for custom kinds whose objects may not. */
function decode(body: Buffer, contentType: string | undefined): unknown {
  const format = bodyFormat(contentType, { protobuf: true });
  try {
    if (format !== 'protobuf') return decodeBody(body, format, { findDuplicates: false }).value;
    const { typeMeta, raw } = openEnvelope(body);
    refuseKind(typeMeta);
    return decodeMessage(schemaName, raw);
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(`couldn't get version/kind; ${error.message}`, { cause: error });
    throw error;
  }
}

function preconditionsOf(document: JsonObject): Preconditions {
  const given = field(document, 'preconditions', isJsonObject, 'an object') ?? {};
  const uid = field(given, 'uid', isString, 'a string');
  const resourceVersion = field(given, 'resourceVersion', isString, 'a string');
  return { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) };
}

const isString = (value: unknown): value is string => typeof value === 'string';
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);

/** null counts as absent. */
function field<V>(object: JsonObject, name: string, is: (value: unknown) => value is V, what: string): V | undefined {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  if (value === undefined || value === null) return undefined;
  if (!is(value)) throw wrongType(name, what);
  return value;
}

function wrongType(name: string, what: string): Error {
  return badRequest(`json: cannot unmarshal field DeleteOptions.${name}: it must be ${what}`);
}

function validateDeleteOptions(given: Given): DeleteOptions {
  const errors: FieldError[] = [];
  const { propagationPolicy, orphanDependents, gracePeriodSeconds, preconditions = {} } = given;
  const policy = policies.find((one) => one === propagationPolicy);
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    const detail = 'orphanDependents and deletionPropagation cannot be both set';
    errors.push(invalid('propagationPolicy', propagationPolicy, detail));
  } else if (propagationPolicy !== undefined && policy === undefined) {
    errors.push(notSupported('propagationPolicy', propagationPolicy, [...policies, 'nil']));
  }
  errors.push(...dryRunErrors(given.dryRun));
  if (errors.length > 0) throw invalidObject({ group: metaGroup, kind: 'DeleteOptions' }, '', errors);
  return {
    dryRun: given.dryRun.length > 0,
    preconditions,
    ...present('propagationPolicy', policy satisfies Policy | undefined),
    ...present('orphanDependents', orphanDependents),
    ...present('gracePeriodSeconds', gracePeriodSeconds),
  };
}

function present<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}
