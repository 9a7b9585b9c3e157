/**
 * events.k8s.io/v1: the Events of core/v1 in the newer form. In Kubernetes both are one stored resource. Here the newer
 * form is a view that can only be read and watched. Events are always written in the core form.
 */
import type { CoreEvent } from '../apis/kubernetes/types.ts';
import type { ResourceRegistry } from '../apiserver/registry/contract.ts';
import type { ResourceDefinition, TableColumn } from '../apiserver/resource.ts';
import { createReadOnlyRegistry } from '../apiserver/registry/index.ts';
import type { CachedObject, ResourceCache } from '../apiserver/watchcache/contract.ts';
import {
  createDerivedCache,
  isOf,
  type Computed,
  type DerivedCache,
  type StoreHub,
} from '../apiserver/watchcache/index.ts';
import type { KubeObject, Stored } from '../meta/object.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { ResourceSchema } from '../schema/contract.ts';
import { eventColumns } from './definitions/events.ts';
import { nativeDefinition } from './native.ts';
import type { GroupEvent } from './kinds.ts';
import { omit } from './omit.ts';

interface GroupEventsOptions {
  readonly schema: (name: string) => ResourceSchema;
  /** The cache of the core/v1 events. */
  readonly events: ResourceCache<CoreEvent>;
  readonly metrics: Metrics;
  /** It holds these events, and has not started yet. */
  readonly hub: StoreHub;
}

interface GroupEvents {
  readonly definition: ResourceDefinition;
  readonly registry: ResourceRegistry;
}

function toGroupEvent(event: Stored<CoreEvent>): GroupEvent {
  const { source, series, count, firstTimestamp, lastTimestamp } = event;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: omit(event.metadata, 'resourceVersion'),
    ...(event.action ? { action: event.action } : {}),
    eventTime: event.eventTime ?? null,
    note: event.message ?? '',
    reason: event.reason ?? '',
    regarding: event.involvedObject,
    ...(event.related ? { related: event.related } : {}),
    reportingController: event.reportingComponent || (source?.component ?? ''),
    reportingInstance: event.reportingInstance ?? '',
    type: event.type ?? '',
    ...(series?.lastObservedTime
      ? { series: { count: series.count ?? 0, lastObservedTime: series.lastObservedTime } }
      : {}),
    ...(count === undefined ? {} : { deprecatedCount: count }),
    ...(firstTimestamp === undefined ? {} : { deprecatedFirstTimestamp: firstTimestamp }),
    ...(lastTimestamp === undefined ? {} : { deprecatedLastTimestamp: lastTimestamp }),
    ...(source === undefined ? {} : { deprecatedSource: source }),
  };
}

/** The core form again, because the table columns are computed from it. */
function toCoreEvent(event: Stored<GroupEvent>): Stored<CoreEvent> {
  const { deprecatedCount: count, deprecatedFirstTimestamp: first, deprecatedLastTimestamp: last } = event;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: event.metadata,
    involvedObject: event.regarding ?? {},
    ...(event.type === undefined ? {} : { type: event.type }),
    ...(event.reason === undefined ? {} : { reason: event.reason }),
    ...(event.note === undefined ? {} : { message: event.note }),
    ...(event.eventTime ? { eventTime: event.eventTime } : {}),
    ...(event.series ? { series: event.series } : {}),
    ...(event.reportingController === undefined ? {} : { reportingComponent: event.reportingController }),
    ...(event.deprecatedSource ? { source: event.deprecatedSource } : {}),
    ...(count === undefined ? {} : { count }),
    ...(first === undefined ? {} : { firstTimestamp: first }),
    ...(last === undefined ? {} : { lastTimestamp: last }),
  };
}

const columns: readonly TableColumn<GroupEvent>[] = eventColumns.map((column) => ({
  ...column,
  value: (event, now) => column.value(toCoreEvent(event), now),
}));

/** Makes the read-only resource `events.events.k8s.io`. Its cache follows the cache of the core/v1 events. */
export function createGroupEvents({ schema, events, metrics, hub }: GroupEventsOptions): GroupEvents {
  const definition = nativeDefinition<GroupEvent>(
    { schema },
    {
      group: 'events.k8s.io',
      plural: 'events',
      kind: 'Event',
      shortNames: ['ev'],
      verbs: ['get', 'list', 'watch'],
      schema: 'events.v1.Event',
      columns,
      selectableFields: {
        'regarding.kind': ({ regarding }) => regarding?.kind ?? '',
        'regarding.namespace': ({ regarding }) => regarding?.namespace ?? '',
        'regarding.name': ({ regarding }) => regarding?.name ?? '',
        'regarding.uid': ({ regarding }) => regarding?.uid ?? '',
        reason: ({ reason }) => reason ?? '',
        reportingController: ({ reportingController }) => reportingController ?? '',
        type: ({ type }) => type ?? '',
      },
    },
  );
  const { memory } = hub;
  const cache = createDerivedCache({ definition, upstream: hub, metrics, memory });
  hub.compute(computedFrom(events, cache));
  return { definition, registry: createReadOnlyRegistry(definition, cache) };
}

function computedFrom(events: ResourceCache<CoreEvent>, cache: DerivedCache<KubeObject>): Computed {
  const replace = (key: string, entry: CachedObject<CoreEvent> | undefined): void => {
    cache.replace(key, entry === undefined ? [] : () => [toGroupEvent(entry.object)], entry?.revision ?? 0);
  };
  return {
    fill(revision) {
      const present = new Map(events.list({}).objects.map((entry) => [entry.key, entry]));
      for (const key of new Set([...cache.owners(), ...present.keys()])) replace(key, present.get(key));
      cache.show(revision);
      return undefined;
    },
    follow(changes, revision) {
      for (const change of changes) if (isOf(events, change)) replace(change.key, change.current);
      cache.show(revision);
    },
    stop: () => cache.stop(),
  };
}
