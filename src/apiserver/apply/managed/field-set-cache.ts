import { LRUCache } from 'lru-cache';
import { fromFieldsV1, toFieldsV1, type FieldSet } from '../fieldpath/index.ts';

/** Characters of all texts that are kept; the sets take about ten times as much memory. */
const maxCharacters = 262_144;
/** Characters of one text that is kept. */
const maxText = 16_384;

/**
 * Sets by the text of their FieldsV1. Reading the text is several times quicker than decoding it, and objects of one
 * shape have the same texts: FieldsV1 names fields and keys, not values. For stored fields, whose depth is limited.
 */
export class FieldSetCache {
  readonly #sets = new LRUCache<string, FieldSet>({
    maxSize: maxCharacters,
    sizeCalculation: (_set, text) => text.length,
  });

  /** Of fields that were looked up before: objects keep the entries of managers that did not write. */
  readonly #seen = new WeakMap<object, FieldSet>();

  /** @param fields never changed later. @throws FieldsV1Error */
  decoded(fields: unknown): FieldSet {
    const isObject = typeof fields === 'object' && fields !== null;
    const seen = isObject ? this.#seen.get(fields) : undefined;
    if (seen !== undefined) return seen;
    const set = this.#byText(fields);
    if (isObject) this.#seen.set(fields, set);
    return set;
  }

  /** An equal set that other objects have too, so that memory holds it, and its FieldsV1, once; else the set itself. */
  shared(set: FieldSet): FieldSet {
    return this.#kept(JSON.stringify(toFieldsV1(set)), () => set);
  }

  #byText(fields: unknown): FieldSet {
    return this.#kept(JSON.stringify(fields), () => fromFieldsV1(fields));
  }

  #kept(text: string, make: () => FieldSet): FieldSet {
    const known = this.#sets.get(text);
    if (known !== undefined) return known;
    const set = make();
    if (text.length <= maxText) this.#sets.set(text, set);
    return set;
  }
}
