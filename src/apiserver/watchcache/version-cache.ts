/**
 * The caches of a resource with several versions: one holds the stored states, in the version in which new writes are stored;
 * the others show them in other versions. A state that is stored in another version, by a program that stored in that one, is
 * converted when it is read.
 */
import { apiVersionString, type KubeObject } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';
import type { Versions } from '../versions/index.ts';
import { StoredEntry, type CacheEntry, type EntryForm, type StoredValue, valueOf } from './cached-object.ts';
import type {
  CachedObject,
  ListQuery,
  ListResult,
  ResourceCache,
  Selection,
  WatchQuery,
  WatchSubscription,
} from './contract.ts';
import { Converted, OutdatedEntry, unlessInconvertible, type Conversion } from './converted.ts';
import type { ResourceSchema } from '../../schema/contract.ts';
import type { CacheMemory } from './memory.ts';
import { createRedactedCache, type Shown } from './redacted-cache.ts';
import { ObjectCache, type CacheDefinition, type CacheOptions } from './resource-cache.ts';
import { compileSelection } from './selection.ts';
import { createRevisionWriter } from './stored-form.ts';

/** The definition of the version in which new writes are stored. @param definition of the hub */
export function storedDefinition<T extends KubeObject>(
  definition: CacheDefinition<T>,
  { storage, hub }: Versions,
): CacheDefinition<T> {
  const found = storage === hub ? undefined : definition.versions?.find(({ version }) => version === storage);
  if (found === undefined) return definition;
  const { version, schema, selectableFields } = found;
  return { ...definition, version, selectableFields, schema, ...readersOf(schema) };
}

interface VersionedOptions<T extends KubeObject> extends CacheOptions {
  readonly versions: Versions;
  /** Of the hub. */
  readonly definition: CacheDefinition<T>;
}

/** The stored states, in the version in which new writes are stored. */
export class VersionedCache<T extends KubeObject> extends ObjectCache<T> {
  readonly #stored: CacheDefinition<T>;
  readonly #versions: Versions;
  readonly #conversion: Conversion;
  readonly #forms: ReadonlyMap<string, EntryForm>;
  /** The start of the bytes of states that are not outdated. */
  readonly #head: Buffer;
  #outdated = 0;

  constructor(stored: CacheDefinition<T>, { versions, definition, ...options }: VersionedOptions<T>) {
    super(stored, options);
    const { group, storage } = versions;
    const { memory } = options;
    this.#stored = stored;
    this.#versions = versions;
    this.#conversion = { memory, convert: (object) => versions.convert(object, storage) };
    this.#head = Buffer.from(`{"apiVersion":${JSON.stringify(apiVersionString({ group, version: storage }))},`);
    this.#forms = formsOf(definition, memory);
  }

  /** Whether some states are outdated, and so converted when they are read. */
  get isConverted(): boolean {
    return this.#outdated > 0;
  }

  override entryOf(key: string, source: StoredValue, revision: Revision): CacheEntry<T> {
    const json = valueOf(source);
    if (json.subarray(0, this.#head.length).equals(this.#head)) return super.entryOf(key, source, revision);
    const version = this.#versions.named(apiVersionOf(json));
    const form = version === undefined ? undefined : this.#forms.get(version);
    if (form === undefined || version === this.#versions.storage) return super.entryOf(key, source, revision);
    return new OutdatedEntry(new StoredEntry<T>(key, source, revision, form), this.#conversion);
  }

  override apply(key: string, current: CacheEntry<T> | undefined, revision: Revision, version = revision): void {
    this.#count(this.entry(key), current);
    super.apply(key, current, revision, version);
  }

  override fill(entries: readonly CacheEntry<T>[]): void {
    for (const entry of entries) this.#count(this.entry(entry.key), entry);
    super.fill(entries);
  }

  /** An index has no value of a state that cannot be converted, so that a list would leave it out. */
  override list(query: ListQuery): ListResult<T> {
    if (!this.isConverted) return super.list(query);
    return super.list({ ...unlabelled(query), ...selected(query, this.#stored, (entry) => entry) });
  }

  /** Nothing that is selected for one watch may fail: it would be the end of all others. */
  override watch(query: WatchQuery): WatchSubscription<T> {
    return super.watch({ ...unlabelled(query), ...surely(query, this.#stored, (entry) => entry) });
  }

  #count(previous: CacheEntry<T> | undefined, current: CacheEntry<T> | undefined): void {
    this.#outdated += Number(current?.isOutdated === true) - Number(previous?.isOutdated === true);
  }
}

/** The forms of states in versions other than the hub's, and of the hub's. */
function formsOf<T extends KubeObject>(
  { group, version: hub, kind, readable, readableMetadata, versions = [] }: CacheDefinition<T>,
  memory: CacheMemory,
): ReadonlyMap<string, EntryForm> {
  const form = (version: string, readers: Readers): [string, EntryForm] => [
    version,
    { writer: createRevisionWriter(apiVersionString({ group, version }), kind), memory, ...readers },
  ];
  return new Map([
    form(hub, { readable, readableMetadata }),
    ...versions.map(({ version, schema }) => form(version, readersOf(schema))),
  ]);
}

type Readers = Pick<EntryForm, 'readable' | 'readableMetadata'>;

const readersOf = (schema: ResourceSchema) => ({
  readable: <V>(object: V): V => schema.readable(object),
  readableMetadata: <M>(metadata: M): M => schema.readableMetadata(metadata),
});

function apiVersionOf(json: Buffer): unknown {
  const object: unknown = JSON.parse(json.toString('utf8'));
  return typeof object === 'object' && object !== null && 'apiVersion' in object ? object.apiVersion : undefined;
}

/**
 * A cache that shows the states of another in another version. Selectors are about the objects in that version.
 * @param shown the definition of that version
 */
export function createVersionCache<T extends KubeObject>(
  cache: ResourceCache<T>,
  shown: CacheDefinition<T>,
  versions: Versions,
  memory: CacheMemory,
): ResourceCache<T> {
  const converted: Shown<T> = new Converted({ memory, convert: (object) => versions.convert(object, shown.version) });
  const simple = createRedactedCache(cache, shown, converted);
  return {
    ...simple,
    isConverted: true,
    list(query) {
      const result = cache.list({ ...unlabelled(query), ...selected(query, shown, (entry) => converted.entry(entry)) });
      return { ...result, objects: result.objects.map((entry) => converted.entry(entry)) };
    },
    watch(query) {
      const whole = cache.watch({ ...unlabelled(query), ...surely(query, shown, (entry) => converted.entry(entry)) });
      return {
        take: (bytes) => whole.take(bytes).map((event) => converted.event(event)),
        onReady: (listener) => whole.onReady(listener),
        revision: () => whole.revision(),
        ended: () => whole.ended(),
        close: () => whole.close(),
      };
    },
  };
}

/** The test has the label selector in it. */
function unlabelled<Q extends Selection>(query: Q): Q {
  const copy = { ...query };
  Reflect.deleteProperty(copy, 'labels');
  return copy;
}

type AsShown<T extends KubeObject> = (entry: CachedObject<T>) => CachedObject<T>;

/** Names are the same in all versions; everything else is compared with the objects as they are shown. */
function selected<T extends KubeObject>(
  query: Selection,
  { selectableFields }: CacheDefinition<T>,
  asShown: AsShown<T>,
): Pick<Selection, 'fields' | 'test'> {
  const { fields } = query;
  const { matches } = compileSelection<T>(query, selectableFields);
  const names = fields && {
    exact: (field: string) => (field.startsWith('metadata.') ? fields.exact(field) : undefined),
  };
  return {
    ...(names === undefined ? {} : { fields: names }),
    // What the cache tests are its own states.
    ...(matches === undefined ? {} : { test: (entry) => matches(asShown(entry as CachedObject<T>)) }),
  };
}

/** Who watches is told of what cannot be converted, whatever is selected. */
function surely<T extends KubeObject>(
  query: Selection,
  definition: CacheDefinition<T>,
  asShown: AsShown<T>,
): Pick<Selection, 'fields' | 'test'> {
  const { test, ...rest } = selected(query, definition, asShown);
  return { ...rest, ...(test === undefined ? {} : { test: (entry) => unlessInconvertible(() => test(entry), true) }) };
}
