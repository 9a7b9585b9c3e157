/** States and events of a resource in another of its versions. Each is converted once, when it is first read. */
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';
import { ConversionError } from '../versions/index.ts';
import type { CacheEntry } from './cached-object.ts';
import { SharedEvent } from './change.ts';
import type { CachedObject, WatchEvent } from './contract.ts';
import { Kept, type CacheMemory } from './memory.ts';
import type { Shown } from './redacted-cache.ts';

/** Byte budget for one version's encoded states. */
const keptBytes = 4 * 1024 * 1024;

/** How states are converted. */
export interface Conversion {
  /** @throws ConversionError */
  convert<T extends KubeObject>(object: T): T;
  readonly memory: Pick<CacheMemory, 'parsed'>;
}

/** Shows states in another version; the same state always as the same one. */
export class Converted<T extends KubeObject> implements Shown<T> {
  readonly #form: Form;
  readonly #entries = new WeakMap<CachedObject<T>, CachedObject<T>>();
  readonly #events = new WeakMap<WatchEvent<T>, WatchEvent<T>>();

  constructor(conversion: Conversion) {
    this.#form = { ...conversion, convert: (object) => conversion.convert(object), json: new Kept(keptBytes) };
  }

  entry(whole: CachedObject<T>): CachedObject<T> {
    let shown = this.#entries.get(whole);
    if (shown === undefined) this.#entries.set(whole, (shown = new ConvertedEntry(whole, this.#form)));
    return shown;
  }

  later(whole: CachedObject<T>): CachedObject<T> {
    return this.entry(whole);
  }

  event(whole: WatchEvent<T>): WatchEvent<T> {
    let shown = this.#events.get(whole);
    if (shown === undefined) {
      shown = new SharedEvent(whole.type, this.entry(whole.object), whole.revision);
      this.#events.set(whole, shown);
    }
    return shown;
  }
}

interface Form extends Conversion {
  readonly json: Kept<object, Buffer>;
}

class ConvertedEntry<T extends KubeObject> implements CachedObject<T> {
  readonly key: string;
  readonly revision: Revision;
  readonly #whole: CachedObject<T>;
  readonly #form: Form;

  constructor(whole: CachedObject<T>, form: Form) {
    this.key = whole.key;
    this.revision = whole.revision;
    this.#whole = whole;
    this.#form = form;
  }

  get isOutdated(): boolean {
    return this.#whole.isOutdated ?? false;
  }

  get object(): Stored<T> {
    return kept(this, this.#whole, this.#form);
  }

  get metadata(): Stored<T>['metadata'] {
    return this.object.metadata;
  }

  get json(): Buffer {
    const { json } = this.#form;
    let bytes = json.get(this);
    if (bytes === undefined) json.keep(this, (bytes = Buffer.from(JSON.stringify(this.object))), bytes.length);
    return bytes;
  }

  get size(): number {
    return this.json.length;
  }
}

/**
 * A stored state of another version than new writes have, as the cache itself holds it: its bytes stay as they are in the
 * store.
 */
export class OutdatedEntry<T extends KubeObject> implements CacheEntry<T> {
  readonly key: string;
  readonly isOutdated = true;
  readonly #stored: CacheEntry<T>;
  readonly #form: Conversion;

  constructor(stored: CacheEntry<T>, form: Conversion) {
    this.key = stored.key;
    this.#stored = stored;
    this.#form = form;
  }

  get revision(): Revision {
    return this.#stored.revision;
  }

  get object(): Stored<T> {
    return kept(this, this.#stored, this.#form);
  }

  get metadata(): Stored<T>['metadata'] {
    return this.object.metadata;
  }

  get json(): Buffer {
    return Buffer.from(JSON.stringify(this.object));
  }

  /** A backlog is measured by it, which must not fail. */
  get size(): number {
    return unlessInconvertible(() => this.json.length, this.#stored.size);
  }

  get owned(): number {
    return this.#stored.owned;
  }

  at(revision: Revision): OutdatedEntry<T> {
    return new OutdatedEntry(this.#stored.at(revision), this.#form);
  }
}

/** What is read, or the other value where a state cannot be converted. */
export function unlessInconvertible<R>(read: () => R, otherwise: R): R {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConversionError) return otherwise;
    throw error;
  }
}

/** Converted again where it is no longer kept. @throws ConversionError */
function kept<T extends KubeObject>(entry: object, whole: CachedObject<T>, form: Conversion): Stored<T> {
  const { parsed } = form.memory;
  // What is kept for an entry is always its own object.
  const known = parsed.get(entry) as Stored<T> | undefined;
  if (known !== undefined) return known;
  const object = form.convert(whole.object);
  parsed.keep(entry, object, whole.size);
  return object;
}
