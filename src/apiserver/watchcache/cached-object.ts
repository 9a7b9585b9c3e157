/** One state of one object: bytes first, parsed when somebody asks. */
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { Revision } from '../../storage/contract.ts';
import type { CachedObject } from './contract.ts';
import type { RevisionWriter } from './stored-form.ts';

/** What the cache itself holds. */
export interface CacheEntry<T extends KubeObject> extends CachedObject<T> {
  /** Lets go of what can be made again from the bytes: called once the state is history. */
  release(): void;
}

/**
 * Parses on first use and keeps the result: most objects are only ever sent on as bytes.
 * `object` is an own property (a getter), so that spreading an entry takes it along.
 * @param json with resourceVersion
 */
export function entryFromBytes<T extends KubeObject>(key: string, json: Buffer, revision: Revision): CacheEntry<T> {
  let parsed: Stored<T> | undefined;
  return {
    key,
    json,
    revision,
    get object() {
      parsed ??= parse<T>(key, json);
      return parsed;
    },
    release() {
      parsed = undefined;
    },
  };
}

/** The last state of an object that is gone, at the revision of its going. */
export function entryAtRevision<T extends KubeObject>(
  entry: CachedObject<T>,
  revision: Revision,
  writer: RevisionWriter,
): CacheEntry<T> {
  return entryFromBytes(entry.key, writer.withRevision(entry.json, revision), revision);
}

function parse<T extends KubeObject>(key: string, json: Buffer): Stored<T> {
  try {
    return JSON.parse(json.toString('utf8')) as Stored<T>;
  } catch (cause) {
    throw new Error(`the stored object ${key} is not JSON`, { cause });
  }
}
