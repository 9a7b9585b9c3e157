/** A lister that follows the cluster. */
import type { Lister } from '../contract.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { ClientContext } from './client-context.ts';
import { stripObject, type Strip } from './kept.ts';
import { createListWatch, type Selection } from './list-watch.ts';
import { ObjectView } from './object-view.ts';
import { reflect } from './reflector.ts';
import type { ApiResource } from './resources.ts';

export interface InformerOptions<T extends KubeObject> {
  readonly resource: ApiResource;
  readonly selection?: Selection;
  /** Those that byLabel finds by index rather than by search. */
  readonly labels?: readonly string[];
  /** Takes away what need not be kept; it always has to take the managed fields. */
  readonly strip?: Strip<T>;
}

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

export function createInformer<T extends KubeObject>(
  { transport, clock, random, logger }: ClientContext,
  { resource, selection = {}, labels = [], strip = stripObject }: InformerOptions<T>,
): Informer<T> {
  const view = new ObjectView<T>(labels, logger);
  return {
    lister: listerOf(view),
    resource,
    isSynced: () => view.synced(),
    start(signal) {
      const listWatch = createListWatch(transport, resource, selection, strip);
      void reflect({ name: resource.resource, listWatch, target: view, clock, random, logger }, signal);
    },
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
