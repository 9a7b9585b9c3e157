/** A view of the objects of one kind. */
import type { KubeObject, Stored } from '../meta/object.ts';

/** A change as a lister saw it; `old` is absent for an object seen for the first time, `object` for one that is gone. */
export interface ObjectChange<T extends KubeObject> {
  readonly object?: Stored<T> | undefined;
  readonly old?: Stored<T> | undefined;
}

/** An eventually consistent, in-memory view of one resource. What it returns is shared: never change it. */
export interface Lister<T extends KubeObject> {
  get(namespace: string, name: string): Stored<T> | undefined;
  /** Of one namespace, or of all where it is absent; in no particular order. */
  list(namespace?: string): readonly Stored<T>[];
  /** Those with this label value; indexed for the labels the lister was made for, else filtered. */
  byLabel(label: string, value: string, namespace?: string): readonly Stored<T>[];
  /** Calls back after every change, once the view shows it. Returns the unsubscribe function. */
  onChange(listener: (change: ObjectChange<T>) => void): () => void;
  /** True once the view has shown everything that existed when it was started. */
  synced(): boolean;
}
