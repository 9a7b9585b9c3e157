/** What has been seen of a selection of objects: by name, indexed by labels, telling listeners of every change. */
import type { Lister, ObjectChange } from '../contract.ts';
import { LabelIndex } from '../../meta/label-index.ts';
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { ReflectorTarget } from './reflector.ts';

type Listener<T extends KubeObject> = (change: ObjectChange<T>) => void;

/** The objects that an informer knows, without any connection of its own. */
export class ObjectView<T extends KubeObject> implements Lister<T>, ReflectorTarget<T> {
  readonly #logger: Logger;
  readonly #index: LabelIndex<Stored<T>>;
  readonly #namespaces = new Map<string, Map<string, Stored<T>>>();
  readonly #listeners = new Set<Listener<T>>();
  #isSynced = false;

  /** @param labels those that byLabel finds by index rather than by search */
  constructor(labels: readonly string[], logger: Logger) {
    this.#index = new LabelIndex(labels);
    this.#logger = logger;
  }

  get(namespace: string, name: string): Stored<T> | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  list(namespace?: string): readonly Stored<T>[] {
    if (namespace !== undefined) return [...(this.#namespaces.get(namespace)?.values() ?? [])];
    return [...this.#namespaces.values()].flatMap((objects) => [...objects.values()]);
  }

  byLabel(label: string, value: string, namespace?: string): readonly Stored<T>[] {
    const indexed = this.#index.get(label, value);
    if (indexed === undefined) return this.list(namespace).filter((object) => hasLabel(object, label, value));
    const found = [...indexed];
    return namespace === undefined ? found : found.filter(({ metadata }) => metadata.namespace === namespace);
  }

  onChange(listener: Listener<T>): () => void {
    // A listener may be added twice, and each time counts.
    const own: Listener<T> = (change) => {
      listener(change);
    };
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  synced(): boolean {
    return this.#isSynced;
  }

  replace(objects: readonly Stored<T>[]): void {
    const keys = new Set(objects.map(({ metadata }) => keyOf(metadata.namespace, metadata.name)));
    for (const old of this.list()) if (!keys.has(keyOf(old.metadata.namespace, old.metadata.name))) this.remove(old);
    for (const object of objects) this.put(object);
    this.#isSynced = true;
  }

  /** A namesake of what was there is one thing gone and another one come. */
  put(object: Stored<T>): void {
    const { namespace = '', name, uid, resourceVersion } = object.metadata;
    const old = this.get(namespace, name);
    if (old?.metadata.uid === uid && old.metadata.resourceVersion === resourceVersion) return;
    if (old !== undefined && old.metadata.uid !== uid) {
      this.#set(namespace, name, undefined);
      this.#tell({ old });
      this.put(object);
      return;
    }
    this.#set(namespace, name, object);
    this.#tell(old === undefined ? { object } : { object, old });
  }

  remove({ metadata: { namespace = '', name } }: Stored<T>): void {
    const old = this.get(namespace, name);
    if (old === undefined) return;
    this.#set(namespace, name, undefined);
    this.#tell({ old });
  }

  #set(namespace: string, name: string, object: Stored<T> | undefined): void {
    const objects = this.#namespaces.get(namespace) ?? new Map<string, Stored<T>>();
    this.#index.replace(keyOf(namespace, name), objects.get(name), object, object);
    if (object === undefined) objects.delete(name);
    else objects.set(name, object);
    if (objects.size === 0) this.#namespaces.delete(namespace);
    else this.#namespaces.set(namespace, objects);
  }

  /** What one listener fails at is no matter of the others, nor of the watch. */
  #tell(change: ObjectChange<T>): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(change);
      } catch (error) {
        const { kind, metadata } = change.object ?? change.old ?? {};
        this.#logger.error({ error, kind, name: metadata?.name }, 'a change could not be taken in');
      }
    }
  }
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

function hasLabel({ metadata: { labels = {} } }: KubeObject, label: string, value: string): boolean {
  return Object.hasOwn(labels, label) && labels[label] === value;
}
