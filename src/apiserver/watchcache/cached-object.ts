/** One state of one object: the bytes that the store has of it; all else is made of them when somebody asks. */
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';
import type { CachedObject } from './contract.ts';
import type { CacheMemory } from './memory.ts';
import type { RevisionWriter } from './stored-form.ts';

/** What the cache itself holds. */
export interface CacheEntry<T extends KubeObject> extends CachedObject<T> {
  /** Bytes that would be free if this state were forgotten; not what it shares with other states. */
  readonly owned: number;
  /** The same state under another revision: an object that is gone is shown at the revision of its going. */
  at(revision: Revision): CacheEntry<T>;
}

/** What all entries of one resource have in common. */
export interface EntryForm {
  readonly writer: RevisionWriter;
  readonly memory: Pick<CacheMemory, 'parsed'>;
  /** See ResourceDefinition.readable. */
  readonly readable?: (<T>(object: T) => T) | undefined;
}

/** There may be hundreds of thousands of them: few fields, no closures. */
export class StoredEntry<T extends KubeObject> implements CacheEntry<T> {
  readonly key: string;
  readonly revision: Revision;
  /** As in the store (the very same buffer, as a rule), without resourceVersion. */
  readonly #stored: Buffer;
  readonly #form: EntryForm;

  /**
   * @param json with or without a resourceVersion; kept, not copied
   * @throws SyntaxError where it is no JSON object with metadata (only noticed off the usual layout)
   */
  constructor(key: string, json: Buffer, revision: Revision, form: EntryForm) {
    this.key = key;
    this.revision = revision;
    this.#stored = form.writer.withoutRevision(json);
    this.#form = form;
  }

  /** The very same for a while; then it is parsed again. */
  get object(): Stored<T> {
    const { parsed } = this.#form.memory;
    const known = parsed.get(this) as Stored<T> | undefined;
    if (known !== undefined) return known;
    const parsedObject = parse<T>(this.key, this.json);
    const object = this.#form.readable?.(parsedObject) ?? parsedObject;
    parsed.keep(this, object, this.#stored.length);
    return object;
  }

  /** A new copy each time. */
  get json(): Buffer {
    return this.#form.writer.withRevision(this.#stored, this.revision);
  }

  get size(): number {
    return this.#form.writer.sizeWithRevision(this.#stored, this.revision);
  }

  get owned(): number {
    return this.#stored.length;
  }

  at(revision: Revision): StoredEntry<T> {
    return new StoredEntry(this.key, this.#stored, revision, this.#form);
  }
}

function parse<T extends KubeObject>(key: string, json: Buffer): Stored<T> {
  try {
    return JSON.parse(json.toString('utf8')) as Stored<T>;
  } catch (cause) {
    throw new Error(`the stored object ${key} is not JSON`, { cause });
  }
}
