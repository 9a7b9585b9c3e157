/** Which objects of a cache are deleted but kept by the in-use finalizer. */
import type { ResourceCache } from '../../apiserver/watchcache/contract.ts';
import { inUseFinalizer } from '../../apis/kubedirector/well-known.ts';
import type { KubeObject, Stored } from '../../meta/object.ts';
import { follow } from './follow.ts';

/**
 * Keeps their keys, so that looking for them costs nothing while there are none: that is done whenever a cluster has been
 * created or deleted, and there may be many thousands of apps.
 */
export class HeldObjects<T extends KubeObject> {
  readonly #cache: ResourceCache<T>;
  readonly #keys = new Set<string>();

  /** @param found is called when an object has become one of them, or when that may have been missed */
  constructor(cache: ResourceCache<T>, signal: AbortSignal, found: () => void) {
    this.#cache = cache;
    follow(cache, signal, {
      changed: ({ type, object }) => {
        if (type === 'DELETED' || !isHeld(object)) {
          this.#keys.delete(object.key);
        } else {
          this.#keys.add(object.key);
          found();
        }
      },
      missed: () => {
        this.#readAll();
        found();
      },
    });
    this.#readAll();
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0;
  }

  /** As they are now. */
  objects(): Stored<T>[] {
    const objects = [...this.#keys].map((key) => {
      const [namespace = '', name = ''] = key.split('/');
      return this.#cache.get(namespace, name)?.object;
    });
    return objects.filter((object) => object !== undefined).filter(isHeld);
  }

  #readAll(): void {
    this.#cache.passing(() => {
      for (const entry of this.#cache.list({}).objects) {
        if (entry.mayHave?.('deletionTimestamp') !== false && isHeld(entry)) this.#keys.add(entry.key);
      }
    });
  }
}

const isHeld = ({ metadata }: Pick<KubeObject, 'metadata'>): boolean =>
  metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(inUseFinalizer) === true;
