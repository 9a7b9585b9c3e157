/** The objects that somebody has been told of, by key. */
import type { KubeObject } from '../../meta/object.ts';
import type { CachedObject } from '../watchcache/contract.ts';
import { lowerBound } from '../watchcache/sorted-chunks.ts';

/** In the place of an object that was deleted. */
class Gone {
  readonly key: string;

  constructor(key: string) {
    this.key = key;
  }
}

/**
 * As a map. What a list has given is kept in its order: for a hundred thousand objects a map costs far more time and memory.
 */
export class KnownObjects<T extends KubeObject> {
  /** In the order of keys. */
  #listed: (CachedObject<T> | Gone)[] = [];
  /** Objects whose keys are not among the listed. */
  readonly #others = new Map<string, CachedObject<T>>();

  /** Adds the objects of a list, which are in the order of keys. To be called while there are none. */
  begin(listed: readonly CachedObject<T>[]): void {
    this.#listed = [...listed];
  }

  get(key: string): CachedObject<T> | undefined {
    const found = this.#listed[this.#placeOf(key)];
    if (found?.key !== key) return this.#others.get(key);
    return found instanceof Gone ? undefined : found;
  }

  set(object: CachedObject<T>): void {
    const place = this.#placeOf(object.key);
    if (this.#listed[place]?.key === object.key) this.#listed[place] = object;
    else this.#others.set(object.key, object);
  }

  delete(key: string): void {
    const place = this.#placeOf(key);
    if (this.#listed[place]?.key === key) this.#listed[place] = new Gone(key);
    else this.#others.delete(key);
  }

  keys(): string[] {
    const listed = this.#listed.filter((one) => !(one instanceof Gone));
    return [...listed.map(({ key }) => key), ...this.#others.keys()];
  }

  clear(): void {
    this.#listed = [];
    this.#others.clear();
  }

  #placeOf(key: string): number {
    return lowerBound(this.#listed.length, (at) => (this.#listed[at]?.key ?? '') < key);
  }
}
