/** Computed objects: the function that computes them is kept, the objects are made on demand. */
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';
import type { CacheEntry, EntryForm } from './cached-object.ts';
import { objectKey } from './keys.ts';
import { encodeStored, withoutVersion } from './stored-form.ts';

/** Computes the objects of an owner. Their names differ, and each call returns equal objects. */
export type Derivation<T extends KubeObject> = () => readonly T[];

/** Bytes that a computed object counts in the budget of parsed objects. */
const objectBytes = 700;

/** The objects of one owner, and how they are computed. */
export class DerivedSource<T extends KubeObject> {
  #derive: Derivation<T>;
  readonly #form: EntryForm;
  /** The keys of its objects. */
  readonly keys: readonly string[];

  constructor(derive: Derivation<T>, form: EntryForm) {
    this.#derive = derive;
    this.#form = form;
    this.keys = [...this.#objects().keys()];
  }

  /** From now on the objects are computed by this function. @param derive computes equal objects */
  deriveBy(derive: Derivation<T>): void {
    this.#derive = derive;
  }

  /** Others compute the owner's objects now. */
  retire(): void {
    this.#form.memory.parsed.retire(this);
  }

  /** The object without resourceVersion. @throws Error if the derivation no longer returns it */
  object(key: string): T {
    const object = this.#objects().get(key);
    if (object === undefined)
      throw new Error(`${key} is no longer computed: its derivation must return the same objects each time`);
    return object;
  }

  #objects(): ReadonlyMap<string, T> {
    const known = this.#form.memory.parsed.get(this) as ReadonlyMap<string, T> | undefined;
    if (known !== undefined) return known;
    const objects = new Map(this.#derive().map((object) => [keyOf(object), unversioned(object)]));
    this.#form.memory.parsed.keep(this, objects, objects.size * objectBytes);
    return objects;
  }
}

/** A state of a computed object. */
export class DerivedEntry<T extends KubeObject> implements CacheEntry<T> {
  readonly key: string;
  readonly revision: Revision;
  /** May be replaced by a source that gives an equal object. */
  source: DerivedSource<T>;
  readonly #form: EntryForm;

  constructor(key: string, source: DerivedSource<T>, revision: Revision, form: EntryForm) {
    this.key = key;
    this.revision = revision;
    this.source = source;
    this.#form = form;
  }

  get object(): Stored<T> {
    const { apiVersion, kind, metadata, ...rest } = this.source.object(this.key);
    const versioned = { resourceVersion: String(this.revision), ...metadata };
    return { apiVersion, kind, metadata: versioned, ...rest } as unknown as Stored<T>;
  }

  get metadata(): Stored<T>['metadata'] {
    return this.object.metadata;
  }

  get json(): Buffer {
    const { writer } = this.#form;
    return writer.withRevision(writer.withoutRevision(encodeStored(this.source.object(this.key))), this.revision);
  }

  get size(): number {
    return this.json.length;
  }

  /** The objects it is computed from are counted by their own caches. */
  get owned(): number {
    return 0;
  }

  at(revision: Revision): DerivedEntry<T> {
    return new DerivedEntry(this.key, this.source, revision, this.#form);
  }
}

function keyOf({ metadata }: KubeObject): string {
  return objectKey(metadata.namespace ?? '', metadata.name ?? '');
}

function unversioned<T extends KubeObject>(object: T): T {
  return 'resourceVersion' in object.metadata ? { ...object, metadata: withoutVersion(object.metadata) } : object;
}
