/** Native objects that a test puts down by hand, behind the ports that the registries know. */
import type { ObjectChange, Lister, NamedReader, NativeClients } from '../../../src/clients/contract.ts';
import type { KubeObject, NamespacedName, Stored } from '../../../src/meta/object.ts';

export class Shelf<T extends KubeObject> implements Lister<T>, NamedReader<T> {
  readonly #objects = new Map<string, Stored<T>>();
  readonly #listeners = new Set<(change: ObjectChange<T>) => void>();

  put(...objects: T[]): this {
    for (const object of objects) {
      const key = `${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`;
      const old = this.#objects.get(key);
      const stored = object as Stored<T>;
      this.#objects.set(key, stored);
      for (const listener of this.#listeners) listener({ object: stored, ...(old === undefined ? {} : { old }) });
    }
    return this;
  }

  drop({ metadata }: Stored<T>): void {
    this.#objects.delete(`${metadata.namespace ?? ''}/${metadata.name}`);
  }

  get(namespace: string, name: string): Stored<T> | undefined {
    return this.#objects.get(`${namespace}/${name}`);
  }
  list(namespace?: string): readonly Stored<T>[] {
    return [...this.#objects.values()].filter(
      ({ metadata }) => namespace === undefined || metadata.namespace === namespace,
    );
  }
  byLabel(label: string, value: string, namespace?: string): readonly Stored<T>[] {
    return this.list(namespace).filter(({ metadata }) => metadata.labels?.[label] === value);
  }
  onChange(listener: (change: ObjectChange<T>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  synced(): boolean {
    return true;
  }
  read({ namespace, name }: NamespacedName): Promise<Stored<T> | undefined> {
    return Promise.resolve(this.get(namespace, name));
  }
  watchOne(): () => void {
    throw new Error('the registries watch nothing by name');
  }
  listeners(): number {
    return this.#listeners.size;
  }
}

type Held<P> = P extends Lister<infer T> ? Shelf<T> : P extends Pick<NamedReader<infer T>, 'read'> ? Shelf<T> : never;
export type Shelves = {
  [
    Name in
      | 'pods'
      | 'statefulSets'
      | 'services'
      | 'secrets'
      | 'serviceAccounts'
      | 'claims'
      | 'storageClasses'
      | 'nodes'
      | 'namespaces'
  ]: Held<NativeClients[Name]>;
};

export function shelves(): Shelves {
  return {
    pods: new Shelf(),
    statefulSets: new Shelf(),
    services: new Shelf(),
    secrets: new Shelf(),
    serviceAccounts: new Shelf(),
    claims: new Shelf(),
    storageClasses: new Shelf(),
    nodes: new Shelf(),
    namespaces: new Shelf(),
  };
}
