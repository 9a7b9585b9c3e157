/** Takes secrets out of what is written: objects, patches, and documents within strings (last-applied annotations). */
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import { maxDepth } from '../../schema/depth.ts';
import { DecodeError } from '../decoding/decode-error.ts';
import { parseJson } from '../decoding/decode.ts';
import { redacted } from '../request-uri.ts';
import { createSecretFields, type SecretFields } from './secret-fields.ts';

/** Options of one scrub. */
export interface ScrubOptions {
  /** Leaves out metadata.managedFields, of the items of a list and the rows of a table as well. */
  readonly omitManagedFields?: boolean;
  /** Called with each secret found, as a text. */
  readonly onSecret?: (secret: string) => void;
}

/** Replaces the values of secret fields. */
export interface Scrubber {
  readonly fields: SecretFields;
  /** @returns a copy without secrets; what holds none may be shared with the original */
  scrub(value: unknown, options?: ScrubOptions): unknown;
  /** The same for a JSON patch (RFC 6902), whose operations name fields by paths. */
  scrubOperations(operations: readonly unknown[], options?: ScrubOptions): unknown;
}

/** Fields of Secrets that hold secret values. */
const secretData = new Set(['data', 'stringData']);
/** Characters of the names that are looked for here. */
const longestOwn = 'managedFields'.length;

/** @param paths see createSecretFields */
export function createScrubber(paths: readonly string[]): Scrubber {
  const fields = createSecretFields(paths);
  return {
    fields,
    scrub: (value, options = {}) => new Walk(fields, options).visit(value, []),
    scrubOperations: (operations, options = {}) =>
      operations.map((operation) => new Walk(fields, options).operation(operation)),
  };
}

class Walk {
  readonly #fields: SecretFields;
  readonly #options: ScrubOptions;

  constructor(fields: SecretFields, options: ScrubOptions) {
    this.#fields = fields;
    this.#options = options;
  }

  /** @param path the names that lead to the value */
  visit(value: unknown, path: readonly string[], depth = 0): unknown {
    if (this.#fields.leadsTo(path)) return this.#list(value, path, depth);
    if (typeof value === 'string') return this.#text(value, depth);
    if (typeof value !== 'object' || value === null) return value;
    if (depth > maxDepth) return redacted;
    if (Array.isArray(value)) return value.map((item) => this.visit(item, path, depth + 1));
    const object = value as JsonObject;
    const isSecret = object.kind === 'Secret';
    const entries = Object.entries(object)
      .filter(([name]) => !this.#isLeftOut(name, path))
      .map(([name, field]): [string, unknown] => {
        const inner = this.#inner(path, name);
        if ((isSecret && secretData.has(name)) || this.#fields.has(inner)) return [name, this.#hide(field, depth)];
        return [name, this.visit(field, inner, depth + 1)];
      });
    return Object.fromEntries(entries);
  }

  /** The path to a field, of which no more is kept than matters: it is made for each field anew. */
  #inner(path: readonly string[], name: string): string[] {
    const { reach } = this.#fields;
    return [...(path.length < reach ? path : path.slice(path.length - reach + 1)), this.#short(name)];
  }

  /** A name that is longer than any that matters stands for nothing. */
  #short(name: string): string {
    return name.length > Math.max(this.#fields.longest, longestOwn) ? '' : name;
  }

  operation(operation: unknown): unknown {
    if (!isJsonObject(operation) || typeof operation.path !== 'string') return this.visit(operation, []);
    const { value, ...rest } = operation;
    if (value === undefined) return operation;
    const segments = operation.path.split('/', maxDepth + 2).slice(1);
    // Deeper than any object: it cannot be applied.
    if (segments.length > maxDepth) return { ...rest, value: this.#hideWhole(value, 0) };
    const names = segments.map((segment) => this.#short(segment.replaceAll('~1', '/').replaceAll('~0', '~')));
    return { ...rest, value: this.#operand(value, names) };
  }

  /** @param segments of the JSON pointer to where the value goes */
  #operand(value: unknown, segments: readonly string[]): unknown {
    const path = segments.filter((segment) => !isIndex(segment));
    if (this.#fields.holds(path)) return this.#hide(value, 0);
    const list = path.findLastIndex((_, index) => this.#fields.leadsTo(path, index + 1));
    if (list < 0) return this.visit(value, path);
    // The list itself, an element of it, a field of one; there is nothing below that.
    const below = path.length - 1 - list;
    if (below === 0) return isIndex(segments.at(-1) ?? '') ? this.#element(value, path, 0) : this.visit(value, path);
    return below === 1 ? this.#field(value, path, 0) : this.#hideWhole(value, 0);
  }

  /** Elements of it have fields that hold secrets: what has another shape may hold them anywhere. */
  #list(value: unknown, path: readonly string[], depth: number): unknown {
    if (!Array.isArray(value)) return this.#hideWhole(value, depth);
    return value.map((item) => this.#element(item, path, depth + 1));
  }

  #element(value: unknown, path: readonly string[], depth: number): unknown {
    if (!isJsonObject(value) || depth > maxDepth) return this.#hideWhole(value, depth);
    const entries = Object.entries(value).map(([name, field]) => [
      name,
      this.#field(field, this.#inner(path, name), depth + 1),
    ]);
    return Object.fromEntries(entries) as unknown;
  }

  /** Of such an element. */
  #field(value: unknown, path: readonly string[], depth: number): unknown {
    if (this.#fields.has(path)) return this.#hide(value, depth);
    const isExpected = typeof value !== 'object' || this.#fields.leadsTo(path);
    return isExpected ? this.visit(value, path, depth) : this.#hideWhole(value, depth);
  }

  #hideWhole(value: unknown, depth: number): unknown {
    // For the secrets in it to be told.
    const hidden = this.#hide(value, depth);
    return hidden === null ? null : redacted;
  }

  /** Names stay, what they stand for goes. */
  #hide(value: unknown, depth: number): unknown {
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'string' || typeof value === 'number') {
      this.#options.onSecret?.(String(value));
      return redacted;
    }
    if (typeof value !== 'object' || depth > maxDepth) return redacted;
    if (Array.isArray(value)) return value.map((item) => this.#hide(item, depth + 1));
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, this.#hide(field, depth + 1)]));
  }

  #isLeftOut(name: string, path: readonly string[]): boolean {
    return name === 'managedFields' && path.at(-1) === 'metadata' && this.#options.omitManagedFields === true;
  }

  /** A string may be a document: what kubectl applied last, for one. */
  #text(text: string, depth: number): string {
    const isDocument = /^\s*[[{]/.test(text);
    // Names can be written with escapes.
    const isSuspect = this.#fields.isMentioned(text) || (isDocument && /\\u|"Secret"/.test(text));
    if (!isSuspect || depth > maxDepth) return text;
    const document = isDocument ? parsed(text) : undefined;
    if (document === tooLarge) return redacted;
    if (document !== undefined) return JSON.stringify(this.visit(document, [], depth + 1));
    // Whatever form it has: a name with something that it stands for.
    return this.#fields.isGiven(text) ? redacted : text;
  }
}

/** Of a list, as JSON pointers have it. */
function isIndex(segment: string): boolean {
  return /^(\d+|-)$/.test(segment);
}

const tooLarge = Symbol('too large');

/** @returns undefined where it is no JSON, or deeper than is safe to walk */
function parsed(text: string): unknown {
  try {
    return parseJson(Buffer.from(text)).value;
  } catch (error) {
    return error instanceof DecodeError ? undefined : tooLarge;
  }
}
