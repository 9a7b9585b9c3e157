/** Request bodies: finds their format, and parses JSON and YAML. */
import { requestEntityTooLarge, unsupportedMediaType, type StatusError } from '../../meta/status.ts';
import { allAtOnce, type Steps } from '../../runtime/steps.ts';
import { isDeeperThan, isLargerThan, maxDepth } from '../../schema/depth.ts';
import { DecodeError } from './decode-error.ts';
import { duplicateKeys } from './json-duplicates.ts';
import { jsonExtent } from './json-scan.ts';
import { protobufMediaType } from './protobuf.ts';
import { parseYaml } from './yaml.ts';

/** The formats that decodeBody reads. */
export type TextFormat = 'json' | 'yaml';
/** All formats; openEnvelope and decodeMessage read protobuf. */
export type BodyFormat = TextFormat | 'protobuf';

/**
 * Limits for bodies. kube-apiserver has none. Here a body is decoded in one step on the only thread: the 300,000 fields
 * that fit in 3 MiB would block it for a second. Objects of the largest size that can be stored have about 30,000.
 */
const limits = { values: 100_000, fields: 32_000, depth: maxDepth };

const textMediaTypes = ['application/json', 'application/yaml'];

/** The media type of a Content-Type header, in lower case and without parameters; '' if there is none. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType?.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/**
 * The format of a body; JSON without a Content-Type.
 * @param options.protobuf whether the expected kind has a protobuf form
 * @throws StatusError 415
 */
export function bodyFormat(contentType: string | undefined, options: { protobuf: boolean }): BodyFormat {
  const given = contentType ?? '';
  switch (given === '' ? 'application/json' : wellFormed(given)) {
    case 'application/json':
      return 'json';
    case 'application/yaml':
      return 'yaml';
    case protobufMediaType:
      if (options.protobuf) return 'protobuf';
  }
  throw unsupportedMediaType(options.protobuf ? [...textMediaTypes, protobufMediaType] : textMediaTypes);
}

const token = "[\\w!#$%&'*+.^`|~-]+";
const essence = new RegExp(`^\\s*(${token}/${token})\\s*(?=;|$)`);
const parameter = new RegExp(`\\s*;\\s*(${token})=(${token}|"(?:[^"\\\\]|\\\\.)*")\\s*`, 'y');

/**
 * Parses like Go's mime.ParseMediaType, with which kube-apiserver reads Content-Type.
 * @returns the media type in lower case; '' if it or a parameter is malformed
 */
function wellFormed(contentType: string): string {
  const [whole, mediaType] = essence.exec(contentType) ?? [];
  if (whole === undefined || mediaType === undefined) return '';
  const seen = new Map<string, string>();
  // One extra semicolon at the end is ignored.
  const end = contentType.trimEnd().replace(/;$/, '').length;
  let at = whole.length;
  while (at < end) {
    parameter.lastIndex = at;
    const [text, name = '', value = ''] = parameter.exec(contentType) ?? [];
    const known = seen.get(name.toLowerCase());
    if (text === undefined || (known !== undefined && known !== value)) return '';
    seen.set(name.toLowerCase(), value);
    at += text.length;
  }
  return mediaType.toLowerCase();
}

/** A parsed body. */
export interface DecodedBody {
  readonly value: unknown;
  /** One message for each repeated key, in kube-apiserver's words for the format. */
  readonly duplicates: readonly string[];
}

/**
 * Parses a body. The last of repeated keys counts. `__proto__` and similar keys become plain own properties.
 * @param options.findDuplicates whether to look for repeated keys
 * @throws DecodeError, or StatusError 413 above `limits`
 */
export function decodeBody(body: Buffer, format: TextFormat, options: { findDuplicates: boolean }): DecodedBody {
  return allAtOnce(decodeSteps(body, format, options));
}

/** As decodeBody, in steps. */
export function* decodeSteps(
  body: Buffer,
  format: TextFormat,
  options: { findDuplicates: boolean },
): Steps<DecodedBody> {
  if (format === 'yaml') return yield* decodeYaml(body, options);
  const { value, text } = yield* parseJsonSteps(body);
  yield;
  const duplicates = options.findDuplicates ? duplicateKeys(text) : [];
  return { value, duplicates: duplicates.map((path) => `duplicate field "${path}"`) };
}

/**
 * JSON is also YAML, and most clients send it as YAML: client-go and kubectl do so for server-side apply. It is parsed as
 * JSON, because a YAML parser takes fifty times as long.
 */
function* decodeYaml(body: Buffer, options: { findDuplicates: boolean }): Steps<DecodedBody> {
  const json = beginsAsObject(body) ? yield* decodeAsJson(body, options) : undefined;
  if (json !== undefined) return json;
  const { value, duplicates } = yield* parseYaml(body.toString('utf8'));
  yield;
  // Checked on the value, because aliases make it larger and deeper than the text.
  if (isLargerThan(value, limits.values)) throw tooMany();
  if (isDeeperThan(value, maxDepth)) throw tooDeep();
  yield;
  return { value: standalone(value), duplicates: options.findDuplicates ? duplicates : [] };
}

/**
 * A copy that keeps nothing else alive: strings of a parsed YAML document refer to its whole text, and the object may be
 * kept for long. @throws DecodeError for a number that JSON does not have
 */
function standalone(value: unknown): unknown {
  for (const number of numbersOf(value)) {
    if (Number.isFinite(number)) continue;
    const name = Number.isNaN(number) ? 'NaN' : number > 0 ? '+Inf' : '-Inf';
    throw new DecodeError(`error converting YAML to JSON: json: unsupported value: ${name}`);
  }
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}

function* numbersOf(value: unknown): Generator<number, void, undefined> {
  if (typeof value === 'number') yield value;
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) yield* numbersOf(part);
}

/** Above this size, repeated keys of JSON are reported without their lines, because a YAML parser would take long. */
const largeYamlBytes = 32 * 1024;

/** @returns undefined if it is not JSON, or if the YAML parser has to say where keys are repeated */
function* decodeAsJson(body: Buffer, options: { findDuplicates: boolean }): Steps<DecodedBody | undefined> {
  try {
    const decoded = yield* decodeSteps(body, 'json', options);
    return decoded.duplicates.length === 0 || body.length > largeYamlBytes ? decoded : undefined;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return undefined;
  }
}

function beginsAsObject(body: Buffer): boolean {
  return /^\s*\{/.test(body.toString('latin1', 0, 64));
}

/**
 * Counts before it parses, so that too large a body is refused at little cost.
 * @returns the value, and the text for further checks
 * @throws DecodeError, or StatusError 413 above `limits`
 */
export function parseJson(body: Buffer): { value: unknown; text: string } {
  return allAtOnce(parseJsonSteps(body));
}

/** As parseJson, in steps. */
export function* parseJsonSteps(body: Buffer): Steps<{ value: unknown; text: string }> {
  const { values, fields, depth, endless } = jsonExtent(body, limits);
  if (depth > limits.depth) throw tooDeep();
  if (values > limits.values || fields > limits.fields) throw tooMany();
  yield;
  const text = body.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DecodeError(`json parse error: ${describe(text, cause)}`, { cause });
  }
  if (endless !== undefined) {
    throw new DecodeError(`json: cannot unmarshal number ${endless} into Go value of type float64`);
  }
  return { value, text };
}

function tooMany(): StatusError {
  return requestEntityTooLarge(
    `the body has more than ${limits.fields} fields, or ${limits.values} fields and list items`,
  );
}

/** Recursive code could overflow the stack. */
function tooDeep(): DecodeError {
  return new DecodeError(`exceeded max depth of ${maxDepth}`);
}

/** V8 names an offset or quotes the text; people need line and column. */
function describe(text: string, error: unknown): string {
  if (text.trim() === '') return 'unexpected end of JSON input (<empty>)';
  const message = error instanceof Error ? error.message : String(error);
  const offset = /position (\d+)/.exec(message)?.[1];
  const end = offset === undefined ? text.length : Number(offset);
  let line = 1;
  let start = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) {
    line += 1;
    start = at + 1;
  }
  const where = `line ${line}, column ${end - start + 1}`;
  const what = message.split(/ in JSON at position| at position|, (?:\.\.\.)?"/, 1)[0] ?? message;
  return `${where}: ${what}`;
}
