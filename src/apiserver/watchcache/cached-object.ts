/** One state of one object: its stored bytes. Everything else is made from them on demand. */
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { Entry, Revision } from '../../storage/contract.ts';
import type { CachedObject, WrittenJson } from './contract.ts';
import type { CacheMemory } from './memory.ts';
import { withoutVersion, type RevisionWriter } from './stored-form.ts';

/** A state as the cache itself holds it. */
export interface CacheEntry<T extends KubeObject> extends CachedObject<T> {
  /** Bytes that forgetting this state would free; bytes shared with other states do not count. */
  readonly owned: number;
  /** The same state with another revision: a deleted object is shown at the revision of its deletion. */
  at(revision: Revision): CacheEntry<T>;
}

type Labels = Readonly<Record<string, string>>;

const noLabels: Labels = {};
/** Of keeping labels, besides their texts. */
const labelsBytes = 100;

/** What all entries of one resource have in common. */
export interface EntryForm {
  readonly writer: RevisionWriter;
  readonly memory: Pick<CacheMemory, 'parsed' | 'metadata' | 'labels'>;
  /** See ResourceDefinition.readable. */
  readonly readable?: (<T>(object: T) => T) | undefined;
  /** See ResourceDefinition.readableMetadata. */
  readonly readableMetadata?: (<M>(metadata: M) => M) | undefined;
}

/** An object's bytes, or the entry that has them: its engine may move them, so it is asked for them each time. */
export type StoredValue = Buffer | Pick<Entry, 'value'>;

/** The bytes, where they are now. */
export function valueOf(source: StoredValue): Buffer {
  return source instanceof Uint8Array ? source : source.value;
}

/** A state of a stored object. There may be hundreds of thousands: few fields, no closures. */
export class StoredEntry<T extends KubeObject> implements CacheEntry<T> {
  readonly key: string;
  readonly revision: Revision;
  /** Without resourceVersion; usually the entry in the store. */
  readonly #source: StoredValue;
  readonly #form: EntryForm;

  /**
   * @param source of JSON with or without a resourceVersion; kept, not copied
   * @throws SyntaxError if it is not a JSON object with metadata (noticed only if it is not in the usual layout)
   */
  constructor(key: string, source: StoredValue, revision: Revision, form: EntryForm) {
    this.key = key;
    this.revision = revision;
    const value = valueOf(source);
    const stored = form.writer.withoutRevision(value);
    this.#source = stored === value ? source : stored;
    this.#form = form;
  }

  get #stored(): Buffer {
    return valueOf(this.#source);
  }

  /** The same object while it is kept; later it is parsed again. */
  get object(): Stored<T> {
    return this.parsed ?? this.#keep(parse(this.key, this.#text) as Stored<T>);
  }

  get metadata(): Stored<T>['metadata'] {
    const known = this.parsed?.metadata ?? this.#form.memory.metadata.get(this);
    return (known as Stored<T>['metadata'] | undefined) ?? this.#keepMetadata();
  }

  /** Kept apart from the rest, which is much larger: selectors look at all objects again and again. */
  get labels(): Labels {
    const { memory } = this.#form;
    const known = this.parsed?.metadata ?? (memory.metadata.get(this) as Stored<T>['metadata'] | undefined);
    if (known !== undefined) return known.labels ?? noLabels;
    return (memory.labels.get(this) as Labels | undefined) ?? this.#keepLabels();
  }

  /** The object if it is kept in parsed form at present. */
  get parsed(): Stored<T> | undefined {
    return this.#form.memory.parsed.get(this) as Stored<T> | undefined;
  }

  /** Makes parsing unnecessary. @param object what the stored bytes were made of */
  keep({ apiVersion, kind, metadata, ...rest }: T): void {
    const unversioned = 'resourceVersion' in metadata ? withoutVersion(metadata) : metadata;
    const versioned = { resourceVersion: String(this.revision), ...unversioned };
    this.#keep({ apiVersion, kind, metadata: versioned, ...rest } as unknown as Stored<T>);
  }

  /** The server writes names of fields without escapes. */
  mayHave(field: string): boolean {
    return this.#stored.includes(`"${field}"`, 0, 'latin1');
  }

  /** A new copy each time. */
  get json(): Buffer {
    return this.#form.writer.withRevision(this.#stored, this.revision);
  }

  get size(): number {
    return this.#form.writer.sizeWithRevision(this.#stored, this.revision);
  }

  writeJson(into: Buffer, at: number): void {
    this.#form.writer.writeWithRevision(this.#stored, this.revision, into, at);
  }

  metadataJson(): WrittenJson {
    return this.#form.writer.metadataJson(this.#stored, this.revision);
  }

  get owned(): number {
    return this.#stored.length;
  }

  at(revision: Revision): StoredEntry<T> {
    return new StoredEntry(this.key, this.#source, revision, this.#form);
  }

  get #text(): string {
    return this.#form.writer.textWithRevision(this.#stored, this.revision);
  }

  #keepMetadata(): Stored<T>['metadata'] {
    const { metadata, bytes } = this.#parseMetadata();
    this.#form.memory.metadata.keep(this, metadata, bytes);
    return metadata;
  }

  #keepLabels(): Labels {
    const { labels = noLabels } = this.#parseMetadata().metadata;
    const texts = Object.entries(labels).flat();
    this.#form.memory.labels.keep(this, labels, labelsBytes + texts.reduce((sum, { length }) => sum + length, 0));
    return labels;
  }

  #parseMetadata(): { readonly metadata: Stored<T>['metadata']; readonly bytes: number } {
    const { readableMetadata, writer } = this.#form;
    const text = writer.metadataText(this.#stored);
    const parsed = parse(this.key, text) as Omit<Stored<T>['metadata'], 'resourceVersion'>;
    const whole = { resourceVersion: String(this.revision), ...parsed };
    return { metadata: readableMetadata?.(whole) ?? whole, bytes: text.length };
  }

  #keep(whole: Stored<T>): Stored<T> {
    const { memory, readable } = this.#form;
    const object = readable?.(whole) ?? whole;
    memory.parsed.keep(this, object, this.#stored.length);
    return object;
  }
}

function parse(key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`the stored object ${key} is not JSON`, { cause });
  }
}
