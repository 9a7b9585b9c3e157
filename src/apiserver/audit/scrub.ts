/** Takes secrets out of what is written: objects, patches, and documents within strings (last-applied annotations). */
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import { maxDepth } from '../../schema/depth.ts';
import { createSecretFields, redacted, type SecretFields } from './secret-fields.ts';

export interface ScrubOptions {
  /** Leaves out metadata.managedFields, of the items of a list and the rows of a table as well. */
  readonly omitManagedFields?: boolean;
  /** Is told each secret that was found, as a text. */
  readonly onSecret?: (secret: string) => void;
}

export interface Scrubber {
  readonly fields: SecretFields;
  /** @returns a copy without secrets; what holds none may be shared with the original */
  scrub(value: unknown, options?: ScrubOptions): unknown;
  /** The same of a JSON patch (RFC 6902), whose operations name fields by their paths. */
  scrubOperations(operations: readonly unknown[], options?: ScrubOptions): unknown;
}

/** Of Secrets, wherever one is met. */
const secretData = new Set(['data', 'stringData']);

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
    if (typeof value === 'string') return this.#text(value, depth);
    if (typeof value !== 'object' || value === null) return value;
    if (depth > maxDepth) return redacted;
    if (Array.isArray(value)) return value.map((item) => this.visit(item, path, depth + 1));
    const object = value as JsonObject;
    const isSecret = object.kind === 'Secret';
    const entries = Object.entries(object)
      .filter(([name]) => !this.#isLeftOut(name, path))
      .map(([name, field]): [string, unknown] => {
        const inner = [...path, name];
        if ((isSecret && secretData.has(name)) || this.#fields.has(inner)) return [name, this.#hide(field, depth)];
        return [name, this.visit(field, inner, depth + 1)];
      });
    return Object.fromEntries(entries);
  }

  operation(operation: unknown): unknown {
    if (!isJsonObject(operation) || typeof operation.path !== 'string') return this.visit(operation, []);
    const path = operation.path
      .split('/')
      .slice(1)
      .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
      .filter((segment) => !/^(\d+|-)$/.test(segment));
    const { value, ...rest } = operation;
    if (value === undefined) return operation;
    return { ...rest, value: this.#fields.holds(path) ? this.#hide(value, 0) : this.visit(value, path) };
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
    if (document !== undefined) return JSON.stringify(this.visit(document, [], depth + 1));
    // Whatever form it has: a name with something that it stands for.
    return this.#fields.isGiven(text) ? redacted : text;
  }
}

/** @returns undefined where it is no JSON, or deeper than is safe to walk */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
