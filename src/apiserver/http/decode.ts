/** Request bodies: which format they are in; JSON and YAML to values. */
import { requestEntityTooLarge, unsupportedMediaType, type StatusError } from '../../meta/status.ts';
import { isDeeperThan, isLargerThan, maxDepth } from '../../schema/depth.ts';
import { DecodeError } from './decode-error.ts';
import { duplicateKeys } from './json-duplicates.ts';
import { jsonExtent } from './json-scan.ts';
import { protobufMediaType } from './protobuf.ts';
import { parseYaml } from './yaml.ts';

/** What decodeBody reads; the third is for openEnvelope and decodeMessage. */
export type TextFormat = 'json' | 'yaml';
export type BodyFormat = TextFormat | 'protobuf';

/**
 * What a body may hold. kube-apiserver has no such limit; here a body is decoded in one piece, on the one thread that answers
 * everybody: 300,000 fields, which 3 MiB have room for, would hold it for a second. Objects as large as may be stored have
 * some 30,000.
 */
const limits = { values: 100_000, fields: 65_000, depth: maxDepth };

const textMediaTypes = ['application/json', 'application/yaml'];

/** The media type of a Content-Type header, in lower case and without parameters; '' where there is none. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType?.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/**
 * JSON where the client says nothing.
 * @param options.protobuf whether what is expected has a protobuf form
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
 * As Go's mime.ParseMediaType, which kube-apiserver reads Content-Type with.
 * @returns the media type in lower case; '' where it or one of its parameters is malformed
 */
function wellFormed(contentType: string): string {
  const [whole, mediaType] = essence.exec(contentType) ?? [];
  if (whole === undefined || mediaType === undefined) return '';
  const seen = new Map<string, string>();
  // One semicolon too many at the end is passed over.
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

export interface DecodedBody {
  readonly value: unknown;
  /** One phrase for each repeated key, as kube-apiserver words it for the format. */
  readonly duplicates: readonly string[];
}

/**
 * Of repeated keys the last one counts. `__proto__` and its like come back as plain own properties.
 * @param options.findDuplicates whether to look for repeated keys
 * @throws DecodeError, or StatusError 413 for more than `limits`
 */
export function decodeBody(body: Buffer, format: TextFormat, options: { findDuplicates: boolean }): DecodedBody {
  if (format === 'yaml') return decodeYaml(body, options);
  const { value, text } = parseJson(body);
  const duplicates = options.findDuplicates ? duplicateKeys(text) : [];
  return { value, duplicates: duplicates.map((path) => `duplicate field "${path}"`) };
}

/** JSON is YAML, and what clients send under its name most: read as what it is where a YAML reader would take long. */
function decodeYaml(body: Buffer, { findDuplicates }: { findDuplicates: boolean }): DecodedBody {
  if (body.length > largeYamlBytes && beginsAsObject(body)) {
    try {
      return decodeBody(body, 'json', { findDuplicates });
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }
  const { value, duplicates } = parseYaml(body.toString('utf8'));
  // Of the value, since aliases multiply and deepen what the text does not show.
  if (isLargerThan(value, limits.values)) throw tooMany();
  if (isDeeperThan(value, maxDepth)) throw tooDeep();
  return { value, duplicates: findDuplicates ? duplicates : [] };
}

const largeYamlBytes = 32 * 1024;

function beginsAsObject(body: Buffer): boolean {
  return /^\s*\{/.test(body.toString('latin1', 0, 64));
}

/**
 * Counts before it parses, so that what is too much is refused at little cost.
 * @returns the value, and the text for whoever looks for more in it
 * @throws DecodeError, or StatusError 413 for more than `limits`
 */
export function parseJson(body: Buffer): { value: unknown; text: string } {
  const { values, fields, depth } = jsonExtent(body, limits);
  if (depth > limits.depth) throw tooDeep();
  if (values > limits.values || fields > limits.fields) throw tooMany();
  const text = body.toString('utf8');
  try {
    return { value: JSON.parse(text) as unknown, text };
  } catch (cause) {
    throw new DecodeError(`json parse error: ${describe(text, cause)}`, { cause });
  }
}

function tooMany(): StatusError {
  return requestEntityTooLarge(
    `the body has more than ${limits.fields} fields, or ${limits.values} fields and list items`,
  );
}

/** Code that walks the document would be in danger. */
function tooDeep(): DecodeError {
  return new DecodeError(`exceeded max depth of ${maxDepth}`);
}

/** V8 names an offset, or quotes the text; people read lines and columns. */
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
