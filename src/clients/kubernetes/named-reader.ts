/** Objects by name, and a watch on single ones, shared by all who want it. */
import type { NamedReader } from '../contract.ts';
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import { dns1123SubdomainErrors } from '../../meta/names.ts';
import type { ClientContext } from './client-context.ts';
import { createListWatch } from './list-watch.ts';
import type { ObjectClient } from './object-client.ts';
import { reflect, type ReflectorTarget } from './reflector.ts';
import type { ApiResource } from './resources.ts';

type Listener<T extends KubeObject> = (object: Stored<T> | undefined) => void;

/**
 * A listener is called as soon as the object, or its absence, is known, and whenever that changes.
 * @param signal ends all watches
 */
export function createNamedReader<T extends KubeObject>(
  context: ClientContext,
  resource: ApiResource,
  client: ObjectClient<T>,
  signal: AbortSignal,
): NamedReader<T> {
  const watched = new Map<string, WatchedObject<T>>();
  return {
    read: (target) => client.read(target),
    watchOne(target, listener) {
      // Of what no object can be named there never is one. A selector would take "a,b" for two conditions.
      if (dns1123SubdomainErrors(target.name).length > 0) {
        let isMember = true;
        queueMicrotask(() => {
          if (isMember) listener(undefined);
        });
        return () => void (isMember = false);
      }
      const key = `${target.namespace}/${target.name}`;
      const known = watched.get(key);
      const object = known ?? new WatchedObject<T>(context);
      if (known === undefined) {
        watched.set(key, object);
        object.start(context, resource, target, signal);
      }
      const leave = object.join(listener);
      return () => {
        leave();
        if (!object.isWanted && watched.get(key) === object) {
          watched.delete(key);
          object.stop();
        }
      };
    },
  };
}

class WatchedObject<T extends KubeObject> implements ReflectorTarget<T> {
  readonly #context: ClientContext;
  readonly #listeners = new Set<Listener<T>>();
  readonly #stopped = new AbortController();
  #isKnown = false;
  #object: Stored<T> | undefined;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  get isWanted(): boolean {
    return this.#listeners.size > 0;
  }

  start(context: ClientContext, resource: ApiResource, target: NamespacedName, signal: AbortSignal): void {
    const { transport, clock, random, logger } = context;
    const { namespace, name } = target;
    const listWatch = createListWatch<T>(transport, resource, { namespace, fieldSelector: `metadata.name=${name}` });
    const log = logger.child({ object: `${namespace}/${name}` });
    const stop = (): void => {
      this.stop();
    };
    if (signal.aborted) return;
    signal.addEventListener('abort', stop, { once: true });
    void reflect(
      { name: resource.resource, listWatch, target: this, clock, random, logger: log },
      this.#stopped.signal,
    ).finally(() => {
      signal.removeEventListener('abort', stop);
    });
  }

  stop(): void {
    this.#stopped.abort();
  }

  join(listener: Listener<T>): () => void {
    let isMember = true;
    const own: Listener<T> = (object) => {
      if (isMember) listener(object);
    };
    this.#listeners.add(own);
    // Never from within: the caller may not yet have what it needs to take the call.
    if (this.#isKnown) queueMicrotask(() => this.#call(own));
    return () => {
      isMember = false;
      this.#listeners.delete(own);
    };
  }

  replace([object]: readonly Stored<T>[]): void {
    this.#show(object);
  }

  put(object: Stored<T>): void {
    this.#show(object);
  }

  remove(): void {
    this.#show(undefined);
  }

  #show(object: Stored<T> | undefined): void {
    const before = this.#object?.metadata;
    const isSame = before?.uid === object?.metadata.uid && before?.resourceVersion === object?.metadata.resourceVersion;
    if (this.#isKnown && isSame) return;
    this.#isKnown = true;
    this.#object = object;
    for (const listener of [...this.#listeners]) this.#call(listener);
  }

  #call(listener: Listener<T>): void {
    try {
      listener(this.#object);
    } catch (error) {
      this.#context.logger.error({ error, name: this.#object?.metadata.name }, 'a change could not be taken in');
    }
  }
}
