/** Request bodies: which format they are in; JSON and YAML to values. */
import { unsupportedMediaType } from '../../meta/status.ts';
import { isDeeperThan, maxDepth } from '../../schema/depth.ts';
import { DecodeError } from './decode-error.ts';
import { duplicateKeys } from './json-duplicates.ts';
import { protobufMediaType } from './protobuf.ts';
import { parseYaml } from './yaml.ts';

/** What decodeBody reads; the third is for openEnvelope and decodeMessage. */
export type TextFormat = 'json' | 'yaml';
export type BodyFormat = TextFormat | 'protobuf';

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
  switch (mediaTypeOf(contentType)) {
    case '':
    case 'application/json':
      return 'json';
    case 'application/yaml':
      return 'yaml';
    case protobufMediaType:
      if (options.protobuf) return 'protobuf';
  }
  throw unsupportedMediaType(options.protobuf ? [...textMediaTypes, protobufMediaType] : textMediaTypes);
}

export interface DecodedBody {
  readonly value: unknown;
  /** One phrase for each repeated key, as kube-apiserver words it for the format. */
  readonly duplicates: readonly string[];
}

/**
 * Of repeated keys the last one counts. `__proto__` and its like come back as plain own properties.
 * @param options.findDuplicates whether to look for repeated keys
 * @throws DecodeError
 */
export function decodeBody(body: Buffer, format: TextFormat, options: { findDuplicates: boolean }): DecodedBody {
  const text = body.toString('utf8');
  if (format === 'yaml') {
    const { value, duplicates } = parseYaml(text);
    refuseDepth(value);
    return { value, duplicates: options.findDuplicates ? duplicates : [] };
  }
  const value = parseJson(text);
  refuseDepth(value);
  const duplicates = options.findDuplicates ? duplicateKeys(text) : [];
  return { value, duplicates: duplicates.map((path) => `duplicate field "${path}"`) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new DecodeError(`json parse error: ${describe(text, cause)}`, { cause });
  }
}

/** V8 names an offset, or quotes the text; people read lines and columns. */
function describe(text: string, error: unknown): string {
  if (text.trim() === '') return 'unexpected end of JSON input (<empty>)';
  const message = error instanceof Error ? error.message : String(error);
  const offset = /position (\d+)/.exec(message)?.[1];
  const before = text.slice(0, offset === undefined ? text.length : Number(offset)).split('\n');
  const where = `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
  const what = message.split(/ in JSON at position| at position|, (?:\.\.\.)?"/, 1)[0] ?? message;
  return `${where}: ${what}`;
}

/** @throws DecodeError where code that walks the document would be in danger */
function refuseDepth(value: unknown): void {
  if (isDeeperThan(value, maxDepth)) throw new DecodeError(`exceeded max depth of ${maxDepth}`);
}
