/**
 * YAML step by step. The library's stringify holds the event loop for as long as a document takes, which is more than a
 * second for a large object; here whoever reads may wait between the steps. Layout as kube-apiserver's: keys sorted,
 * lists not indented. What a scalar looks like is the library's decision, which also quotes what a YAML 1.1 reader
 * (kubectl) would take for something else.
 */
import { stringify } from 'yaml';
import { isJsonObject, type JsonObject } from '../../meta/json.ts';

/** A step writes about so many scalars. */
const scalarsAStep = 64;
/** Beyond this length (of YAML's 1024) a key must be introduced as one. Source: YAML 1.2.2 section 8.2.2 */
const longKey = 1_000;
/** Scalars come again and again, in a list above all. */
const maxRemembered = 4_096;
const maxRememberedLength = 64;

/** Texts that are themselves in YAML 1.1 and 1.2, without looking closer. */
const plain = /^[A-Za-z_][A-Za-z0-9_./-]*$/;
const words = /^(?:true|false|yes|no|on|off|y|n|null)$/i;

const step = '  ';

export class YamlWriter {
  readonly #remembered = new Map<string, string>();
  #text: string[] = [];
  #scalars = 0;

  /** The entries of a document that is a map, of all its lines the first level. Empty maps give nothing. */
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

  /** A scalar, an empty list or an empty map. @param indent of the line that it is on */
  #leaf(value: unknown, indent: string): string {
    if (Array.isArray(value)) return '[]';
    if (isJsonObject(value)) return '{}';
    if (typeof value !== 'string') return JSON.stringify(value ?? null);
    const text = this.#scalar(value);
    // Of a text of several lines all but the first are indented, by two more than the line that it is on.
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
