/** A hub on a memory store with one namespaced resource (widgets) and one cluster-scoped (racks). */
import type { Stored } from '../../../src/meta/object.ts';
import type { KubeObject } from '../../../src/meta/object.ts';
import { systemClock, type Clock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import type { ResourceCache, WatchEvent, WatchSubscription } from '../../../src/apiserver/watchcache/contract.ts';
import {
  createStoreHub,
  storeKey,
  type CacheDefinition,
  type StoreHub,
} from '../../../src/apiserver/watchcache/index.ts';
import { MemoryStore } from '../../support/memory-store.ts';

export interface Widget extends KubeObject {
  spec: { color: string; text?: string };
}

export const widgets: CacheDefinition<Widget> = {
  group: 'example.com',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  listKind: 'WidgetList',
  namespaced: true,
  selectableFields: { 'spec.color': (widget: Stored<Widget>) => widget.spec.color },
};

export const racks: CacheDefinition<KubeObject> = {
  group: '',
  version: 'v1',
  plural: 'racks',
  kind: 'Rack',
  listKind: 'RackList',
  namespaced: false,
  selectableFields: {},
};

export function widget(namespace: string, name: string, color = 'red', labels: Record<string, string> = {}): Widget {
  const uid = `uid-${namespace}-${name}`;
  const creationTimestamp = '2026-01-02T03:04:05Z';
  return {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name, namespace, uid, creationTimestamp, labels },
    spec: { color },
  };
}

export function rack(name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Rack',
    metadata: { name, uid: `uid-${name}`, creationTimestamp: '2026-01-02T03:04:05Z' },
  };
}

export class Fixture {
  readonly store = MemoryStore.countingFromOne();
  readonly metrics = createMetrics();
  readonly hub: StoreHub;
  readonly widgets: ResourceCache<Widget>;
  readonly racks: ResourceCache;
  readonly #abort = new AbortController();

  constructor(options: { history?: { changes: number; bytes: number }; clock?: Clock } = {}) {
    const { clock = systemClock, history } = options;
    this.hub = createStoreHub({
      store: this.store,
      clock,
      logger: silentLogger,
      metrics: this.metrics,
      ...(history ? { historyChanges: history.changes, limits: { historyBytes: history.bytes } } : {}),
    });
    this.widgets = this.hub.cache(widgets);
    this.racks = this.hub.cache(racks);
  }

  start(): Promise<void> {
    return this.hub.start(this.#abort.signal);
  }

  stop(): void {
    this.#abort.abort(new Error('stopped by the test'));
  }

  /** Writes a widget and waits until the cache shows it. */
  async put(object: Widget): Promise<number> {
    const { namespace = '', name = '' } = object.metadata;
    const revision = this.store.put(storeKey(widgets, { namespace, name }), object);
    await this.widgets.waitFor(revision);
    return revision;
  }

  async remove(namespace: string, name: string): Promise<number> {
    const revision = this.store.remove(storeKey(widgets, { namespace, name }));
    await this.widgets.waitFor(revision);
    return revision;
  }
}

/** "ADDED default/a@3" */
export function shown<T extends KubeObject>(events: readonly WatchEvent<T>[]): string[] {
  return events.map(({ type, object }) => `${type} ${object.key}@${object.object.metadata.resourceVersion}`);
}

/** Waits for the next batch of a watch. */
export async function next<T extends KubeObject>(subscription: WatchSubscription<T>): Promise<string[]> {
  await new Promise<void>((resolve) => {
    subscription.onReady(resolve);
  });
  return shown(subscription.take());
}
