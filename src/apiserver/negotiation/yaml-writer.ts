/**
 * Writes YAML in steps. The library's stringify blocks the event loop for the whole document, more than a second for a
 * large object; here the caller may pause between steps. Layout as in kube-apiserver: sorted keys, lists not indented.
 * The library formats each scalar, and quotes what a YAML 1.1 parser (kubectl) would misread.
 */
import { stringify } from 'yaml';
import { isJsonObject, type JsonObject } from '../../meta/json.ts';

/** About this many scalars are written per step. */
const scalarsAStep = 64;
/** A longer key (YAML's limit is 1024) needs the explicit form `? key`. Source: YAML 1.2.2 section 8.2.2 */
const longKey = 1_000;
/** Scalars repeat often, above all in lists. */
const maxRemembered = 4_096;
const maxRememberedLength = 64;

/** Strings that need no quotes in YAML 1.1 and 1.2. */
const plain = /^[A-Za-z_][A-Za-z0-9_./-]*$/;
const words = /^(?:true|false|yes|no|on|off|y|n|null)$/i;

const step = '  ';

/** Yields the text of a document, step by step. */
export class YamlWriter {
  readonly #remembered = new Map<string, string>();
  #text: string[] = [];
  #scalars = 0;

  /** The entries of a map at the first level. An empty map gives nothing. */
  *entries(map: object): Generator<string, void, undefined> {
    yield* this.#map(map, '');
    yield this.#take();
  }

  /** An item of a list at the first level. */
  *item(value: unknown): Generator<string, void, undefined> {
    yield* this.#item(value, '');
    yield this.#take();
  }

  /** A whole document. */
  *document(value: unknown): Generator<string, void, undefined> {
    if (Array.isArray(value) && value.length > 0) for (const item of value as unknown[]) yield* this.item(item);
    else if (isJsonObject(value) && hasEntries(value)) yield* this.entries(value);
    else yield `${this.#leaf(value, '')}\n`;
  }

  *#map(map: object, indent: string, isFirstIndented = true): Generator<string, void, undefined> {
    let lead = isFirstIndented ? indent : '';
    for (const key of Object.keys(map).sort()) {
      const value: unknown = (map as JsonObject)[key];
      if (value === undefined) continue;
      const name = key.length > longKey ? `? ${JSON.stringify(key)}\n${indent}` : this.#key(key);
      this.#text.push(lead, name, ':');
      lead = indent;
      if (Array.isArray(value) && value.length > 0) {
        this.#text.push('\n');
        for (const item of value as unknown[]) yield* this.#item(item, indent);
      } else if (isJsonObject(value) && hasEntries(value)) {
        this.#text.push('\n');
        yield* this.#map(value, indent + step);
      } else {
        this.#text.push(' ', this.#leaf(value, indent), '\n');
        if (this.#isStep()) yield this.#take();
      }
    }
  }

  *#item(value: unknown, indent: string, isFirstIndented = true): Generator<string, void, undefined> {
    this.#text.push(isFirstIndented ? indent : '', '- ');
    if (Array.isArray(value) && value.length > 0) {
      let isFirst = true;
      for (const item of value as unknown[]) {
        yield* this.#item(item, indent + step, !isFirst);
        isFirst = false;
      }
    } else if (isJsonObject(value) && hasEntries(value)) {
      yield* this.#map(value, indent + step, false);
    } else {
      this.#text.push(this.#leaf(value, indent), '\n');
      if (this.#isStep()) yield this.#take();
    }
  }

  /** A scalar, an empty list or an empty map. @param indent of its line */
  #leaf(value: unknown, indent: string): string {
    if (Array.isArray(value)) return '[]';
    if (isJsonObject(value)) return '{}';
    if (typeof value !== 'string') return JSON.stringify(value ?? null);
    const text = this.#scalar(value);
    // In a text of several lines, all but the first are indented two more than its line.
    return text.includes('\n') ? text.replace(/\n(?=[^\n])/g, `\n${indent}`) : text;
  }

  #key(key: string): string {
    const text = this.#scalar(key);
    return text.includes('\n') ? JSON.stringify(key) : text;
  }

  #scalar(value: string): string {
    if (plain.test(value) && !words.test(value)) return value;
    const known = this.#remembered.get(value);
    if (known !== undefined) return known;
    const text = stringify([value], { compat: 'yaml-1.1', lineWidth: 0 }).slice('- '.length, -1);
    if (value.length > maxRememberedLength) return text;
    if (this.#remembered.size >= maxRemembered) this.#remembered.clear();
    this.#remembered.set(value, text);
    return text;
  }

  #isStep(): boolean {
    this.#scalars += 1;
    return this.#scalars % scalarsAStep === 0;
  }

  #take(): string {
    const text = this.#text.join('');
    this.#text = [];
    return text;
  }
}

function hasEntries(map: JsonObject): boolean {
  return Object.values(map).some((value) => value !== undefined);
}
