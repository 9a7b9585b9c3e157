/**
 * A cache as those see it from whom a part of its objects is hidden. Which objects a list or watch selects is decided
 * on the whole objects; what is handed out is redacted. The bytes of each state are made once, on first use.
 */
import { apiVersionString, type KubeObject, type Stored } from '../../meta/object.ts';
import { eventLine } from './change.ts';
import type { CachedObject, ResourceCache, WatchEvent } from './contract.ts';
import { ListJoiner } from './list-bytes.ts';
import type { CacheDefinition } from './resource-cache.ts';

/** Redacts states and events, and remembers the bytes for as long as those of the whole state or event are kept. */
export class Redactor<T extends KubeObject> {
  readonly #redact: (object: Stored<T>) => Stored<T>;
  /** By the bytes of a whole state. The very same bytes: there is nothing to hide in it. */
  readonly #bytes = new WeakMap<Buffer, Buffer>();
  readonly #lines = new WeakMap<Buffer, Buffer>();

  /** @param redact returns the very same object where there is nothing to hide */
  constructor(redact: (object: Stored<T>) => Stored<T>) {
    this.#redact = redact;
  }

  /** The very same where there is nothing to hide. */
  entry(whole: CachedObject<T>): CachedObject<T> {
    const known = this.#bytes.get(whole.json);
    if (known === whole.json) return whole;
    let object = known === undefined ? this.#redact(whole.object) : undefined;
    if (object !== undefined && object === whole.object) {
      this.#bytes.set(whole.json, whole.json);
      return whole;
    }
    const shown = (): Stored<T> => (object ??= this.#redact(whole.object));
    const json = known ?? Buffer.from(JSON.stringify(shown()));
    this.#bytes.set(whole.json, json);
    return {
      key: whole.key,
      revision: whole.revision,
      json,
      get object() {
        return shown();
      },
    };
  }

  /** Redacted when it is looked at: there may be thousands. */
  later(whole: CachedObject<T>): CachedObject<T> {
    if (this.#bytes.get(whole.json) === whole.json) return whole;
    let made: CachedObject<T> | undefined;
    const entry = (): CachedObject<T> => (made ??= this.entry(whole));
    return {
      key: whole.key,
      revision: whole.revision,
      get json() {
        return entry().json;
      },
      get object() {
        return entry().object;
      },
    };
  }

  event(whole: WatchEvent<T>): WatchEvent<T> {
    const object = this.entry(whole.object);
    if (object === whole.object) return whole;
    return { type: whole.type, revision: whole.revision, object, line: () => this.#line(whole, object.json) };
  }

  #line(whole: WatchEvent<T>, json: Buffer): Buffer {
    const full = whole.line();
    let line = this.#lines.get(full);
    if (line === undefined) this.#lines.set(full, (line = eventLine(whole.type, json)));
    return line;
  }
}

export function createRedactedCache<T extends KubeObject>(
  cache: ResourceCache<T>,
  definition: Pick<CacheDefinition<T>, 'group' | 'version' | 'listKind'>,
  redactor: Redactor<T>,
): ResourceCache<T> {
  const joiner = new ListJoiner<T>(apiVersionString(definition), definition.listKind, { isLengthKnown: false });
  const redactedList: ResourceCache<T>['list'] = (query) => {
    const result = cache.list(query);
    return { ...result, objects: result.objects.map((entry) => redactor.later(entry)) };
  };
  return {
    revision: () => cache.revision(),
    current: () => cache.current(),
    waitFor: (revision) => cache.waitFor(revision),
    advance: () => cache.advance(),
    oldestRevision: () => cache.oldestRevision(),
    get(namespace, name) {
      const found = cache.get(namespace, name);
      return found === undefined ? undefined : redactor.entry(found);
    },
    list: redactedList,
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

/** Few enough to be redacted and joined at once. */
const runLength = 32;

function* runsOf<E>(items: readonly E[]): Generator<{ readonly items: readonly E[] }, void, undefined> {
  for (let start = 0; start < items.length; start += runLength) yield { items: items.slice(start, start + runLength) };
}
