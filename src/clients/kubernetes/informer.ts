/** A lister that follows the cluster. */
import type { Lister } from '../contract.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { ClientContext } from './client-context.ts';
import { stripObject, type Strip } from './list-watch.ts';
import { createListWatch, type Selection } from './list-watch.ts';
import { ObjectView } from './object-view.ts';
import { reflect, type ReflectorTarget } from './reflector.ts';
import type { ApiResource } from './resources.ts';

/** What an informer follows, and what it keeps of each object. */
export interface InformerOptions<T extends KubeObject> {
  readonly resource: ApiResource;
  readonly selection?: Selection;
  /** Those that byLabel finds by index rather than by search. */
  readonly labels?: readonly string[];
  /** Only these namespaces, each listed and watched by itself; absent: as the selection says. */
  readonly namespaces?: readonly string[] | undefined;
  /** Takes away what need not be kept; it always has to take the managed fields. */
  readonly strip?: Strip<T>;
  /** Older clusters do not serve the resource: there is none then. */
  readonly mayBeMissing?: boolean;
}

/** A view of a resource that is kept up to date by a watch. */
export interface Informer<T extends KubeObject> {
  readonly lister: Lister<T>;
  readonly resource: ApiResource;
  isSynced(): boolean;
  /**
   * Lists and watches until the signal aborts, whatever happens to the connection. The listeners that are there are told
   * of every object there is as of a change without `old`.
   */
  start(signal: AbortSignal): void;
}

/** The view is empty until `start` is called. */
export function createInformer<T extends KubeObject>(
  { transport, clock, random, logger }: ClientContext,
  { resource, selection = {}, labels = [], namespaces, strip = stripObject, mayBeMissing = false }: InformerOptions<T>,
): Informer<T> {
  const view = new ObjectView<T>(labels, logger);
  const follow = (what: Selection, target: ReflectorTarget<T>, signal: AbortSignal): void => {
    const listWatch = createListWatch(transport, resource, what, strip);
    void reflect({ name: resource.resource, listWatch, target, clock, random, logger, mayBeMissing }, signal);
  };
  const listed = new Set<string>();
  const isSynced = (): boolean =>
    namespaces === undefined ? view.synced() : namespaces.every((one) => listed.has(one));
  return {
    lister: { ...listerOf(view), synced: isSynced },
    resource,
    isSynced,
    start(signal) {
      if (namespaces === undefined) {
        follow(selection, view, signal);
        return;
      }
      for (const namespace of namespaces) {
        follow({ ...selection, namespace }, partOf(view, namespace, listed), signal);
      }
    },
  };
}

/** What of a view is in one namespace. @param listed gets the namespace once all that is in it is in the view */
function partOf<T extends KubeObject>(view: ObjectView<T>, namespace: string, listed: Set<string>): ReflectorTarget<T> {
  return {
    replace(objects) {
      const names = new Set(objects.map(({ metadata }) => metadata.name));
      for (const old of view.list(namespace)) if (!names.has(old.metadata.name)) view.remove(old);
      for (const object of objects) view.put(object);
      listed.add(namespace);
    },
    put: (object) => view.put(object),
    remove: (object) => view.remove(object),
  };
}

/** The methods by themselves, so that they can be spread into what has more. */
function listerOf<T extends KubeObject>(view: ObjectView<T>): Lister<T> {
  return {
    get: (namespace, name) => view.get(namespace, name),
    list: (namespace) => view.list(namespace),
    byLabel: (label, value, namespace) => view.byLabel(label, value, namespace),
    onChange: (listener) => view.onChange(listener),
    synced: () => view.synced(),
  };
}
