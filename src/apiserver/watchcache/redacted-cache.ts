/**
 * A cache for users who may not see a part of its objects. Selectors look at the whole objects; what is returned is
 * redacted. Encoded states are kept for a while.
 */
import { apiVersionString, type KubeObject, type Stored } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';
import { SharedEvent } from './change.ts';
import type { CachedObject, ResourceCache, WatchEvent } from './contract.ts';
import { ListJoiner } from './list-bytes.ts';
import { Kept } from './memory.ts';
import type { CacheDefinition } from './resource-cache.ts';
import { labelsOf } from './selection.ts';

/** Byte budgets for one resource's redacted states and for its redacted lists. */
const keptStateBytes = 4 * 1024 * 1024;
const keptListBytes = 8 * 1024 * 1024;

/** Another form of a cache's states and events. */
export interface Shown<T extends KubeObject> {
  entry(whole: CachedObject<T>): CachedObject<T>;
  /** Like entry, but what that costs is spent only when the state is read: a list may have thousands. */
  later(whole: CachedObject<T>): CachedObject<T>;
  event(whole: WatchEvent<T>): WatchEvent<T>;
}

/** Redacts states and events; for the same input it returns the same value while the input lives. */
export class Redactor<T extends KubeObject> implements Shown<T> {
  readonly #redact: (object: Stored<T>) => Stored<T>;
  readonly #stored: (entry: CachedObject<T>) => Stored<T>;
  readonly #json = new Kept<object, Buffer>(keptStateBytes);
  readonly #objects = new Kept<object, Stored<T>>(keptStateBytes);
  readonly #entries = new WeakMap<CachedObject<T>, CachedObject<T>>();
  readonly #events = new WeakMap<WatchEvent<T>, WatchEvent<T>>();

  /**
   * @param redact returns the same object if there is nothing to hide
   * @param stored all that is stored, of which an entry's object may be only what can be read: its bytes are what is sent
   */
  constructor(
    redact: (object: Stored<T>) => Stored<T>,
    stored: (entry: CachedObject<T>) => Stored<T> = ({ object }) => object,
  ) {
    this.#redact = redact;
    this.#stored = stored;
  }

  /** The redacted state; the same state if there is nothing to hide. */
  entry(whole: CachedObject<T>): CachedObject<T> {
    let shown = this.#entries.get(whole);
    if (shown === undefined) {
      const { object } = whole;
      const redacted = this.#redact(object);
      const stored = this.#stored(whole);
      const hides = redacted !== object || (stored !== object && this.#redact(stored) !== stored);
      shown = hides ? new RedactedEntry(whole, this, this.#json) : whole;
      if (shown !== whole) this.#objects.keep(whole, redacted, whole.size);
      this.#entries.set(whole, shown);
    }
    return shown;
  }

  object(whole: CachedObject<T>): Stored<T> {
    let object = this.#objects.get(whole);
    if (object === undefined) this.#objects.keep(whole, (object = this.#redact(whole.object)), whole.size);
    return object;
  }

  /** The bytes that are sent of a state that hides something. */
  json(whole: CachedObject<T>): Buffer {
    const stored = this.#stored(whole);
    return Buffer.from(JSON.stringify(stored === whole.object ? this.object(whole) : this.#redact(stored)));
  }

  later(whole: CachedObject<T>): CachedObject<T> {
    return this.#entries.get(whole) ?? new LaterEntry(whole, this);
  }

  event(whole: WatchEvent<T>): WatchEvent<T> {
    const object = this.entry(whole.object);
    if (object === whole.object) return whole;
    let shown = this.#events.get(whole);
    if (shown === undefined) this.#events.set(whole, (shown = new SharedEvent(whole.type, object, whole.revision)));
    return shown;
  }
}

class LaterEntry<T extends KubeObject> implements CachedObject<T> {
  readonly key: string;
  readonly revision: Revision;
  readonly #whole: CachedObject<T>;
  readonly #redactor: Redactor<T>;

  constructor(whole: CachedObject<T>, redactor: Redactor<T>) {
    this.key = whole.key;
    this.revision = whole.revision;
    this.#whole = whole;
    this.#redactor = redactor;
  }

  get object(): Stored<T> {
    return this.#redactor.entry(this.#whole).object;
  }

  get metadata(): Stored<T>['metadata'] {
    return this.object.metadata;
  }

  /** No secret is in them. */
  get labels(): Readonly<Record<string, string>> {
    return labelsOf(this.#whole);
  }

  get json(): Buffer {
    return this.#redactor.entry(this.#whole).json;
  }

  get size(): number {
    return this.#redactor.entry(this.#whole).size;
  }
}

class RedactedEntry<T extends KubeObject> implements CachedObject<T> {
  readonly key: string;
  readonly revision: Revision;
  readonly #whole: CachedObject<T>;
  readonly #redactor: Redactor<T>;
  readonly #kept: Kept<object, Buffer>;

  constructor(whole: CachedObject<T>, redactor: Redactor<T>, kept: Kept<object, Buffer>) {
    this.key = whole.key;
    this.revision = whole.revision;
    this.#whole = whole;
    this.#redactor = redactor;
    this.#kept = kept;
  }

  get object(): Stored<T> {
    return this.#redactor.object(this.#whole);
  }

  get metadata(): Stored<T>['metadata'] {
    return this.object.metadata;
  }

  /** No secret is in them. */
  get labels(): Readonly<Record<string, string>> {
    return labelsOf(this.#whole);
  }

  get json(): Buffer {
    let json = this.#kept.get(this);
    if (json === undefined) this.#kept.keep(this, (json = this.#redactor.json(this.#whole)), json.length);
    return json;
  }

  get size(): number {
    return this.json.length;
  }
}

/** The redacted form of a cache. */
export function createRedactedCache<T extends KubeObject>(
  cache: ResourceCache<T>,
  definition: Pick<CacheDefinition<T>, 'group' | 'version' | 'listKind'>,
  redactor: Shown<T>,
): ResourceCache<T> {
  const joiner = new ListJoiner<T>(apiVersionString(definition), definition.listKind, new Kept(keptListBytes), {
    isLengthKnown: false,
  });
  const redactedList: ResourceCache<T>['list'] = (query) => {
    const result = cache.list(query);
    return { ...result, objects: result.objects.map((entry) => redactor.later(entry)) };
  };
  return {
    get isConverted() {
      return cache.isConverted ?? false;
    },
    revision: () => cache.revision(),
    current: () => cache.current(),
    waitFor: (revision) => cache.waitFor(revision),
    oldestRevision: () => cache.oldestRevision(),
    get(namespace, name) {
      const found = cache.get(namespace, name);
      return found === undefined ? undefined : redactor.entry(found);
    },
    extent: (namespace) => cache.extent(namespace),
    list: redactedList,
    passing: (work) => cache.passing(work),
    watch(query) {
      const whole = cache.watch(query);
      return {
        take: (bytes) => whole.take(bytes).map((event) => redactor.event(event)),
        onReady: (listener) => whole.onReady(listener),
        revision: () => whole.revision(),
        ended: () => whole.ended(),
        close: () => whole.close(),
      };
    },
    listBytes(namespace = '') {
      const selection = namespace === '' ? {} : { namespace };
      return joiner.list(namespace, cache.revision(), () => runsOf(redactedList(selection).objects));
    },
  };
}

/** So few objects can be redacted and joined at once. */
const runLength = 32;

function* runsOf<E>(items: readonly E[]): Generator<{ readonly items: readonly E[] }, void, undefined> {
  for (let start = 0; start < items.length; start += runLength) yield { items: items.slice(start, start + runLength) };
}
