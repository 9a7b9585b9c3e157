/** Objects that nobody stores: what they are computed from is remembered, and they are computed when somebody asks. */
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';
import type { CacheEntry, EntryForm } from './cached-object.ts';
import { objectKey } from './keys.ts';
import { encodeStored, withoutVersion } from './stored-form.ts';

/** Computes the objects of an owner, of different names. It gives equal ones whenever it is called. */
export type Derivation<T extends KubeObject> = () => readonly T[];

/** What a computed object counts for among what is kept parsed. */
const objectBytes = 700;

/** What one owner's objects are computed from. */
export class DerivedSource<T extends KubeObject> {
  readonly #derive: Derivation<T>;
  readonly #form: EntryForm;
  /** Of its objects. */
  readonly keys: readonly string[];

  constructor(derive: Derivation<T>, form: EntryForm) {
    this.#derive = derive;
    this.#form = form;
    this.keys = [...this.#objects().keys()];
  }

  /** Without resourceVersion. @throws Error where the derivation does not give it any more */
  object(key: string): T {
    const object = this.#objects().get(key);
    if (object === undefined) throw new Error(`${key} was computed, and is not any more`);
    return object;
  }

  #objects(): ReadonlyMap<string, T> {
    const { parsed } = this.#form.memory;
    const known = parsed.get(this) as ReadonlyMap<string, T> | undefined;
    if (known !== undefined) return known;
    const objects = new Map(this.#derive().map((object) => [keyOf(object), unversioned(object)]));
    parsed.keep(this, objects, objects.size * objectBytes);
    return objects;
  }
}

export class DerivedEntry<T extends KubeObject> implements CacheEntry<T> {
  readonly key: string;
  readonly revision: Revision;
  /** May be replaced by one that gives an equal object. */
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

  get json(): Buffer {
    const { writer } = this.#form;
    return writer.withRevision(writer.withoutRevision(encodeStored(this.source.object(this.key))), this.revision);
  }

  get size(): number {
    return this.json.length;
  }

  /** What it is computed from are objects of other caches, which count it as theirs. */
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
