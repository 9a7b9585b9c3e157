/** core/v1 Events. */
import type { CoreEvent } from '../../apis/kubernetes/types.ts';
import { invalid } from '../../meta/field-error.ts';
import type { ResourceDefinition, TableColumn } from '../../apiserver/resource.ts';
import { nativeDefinition, textColumn, type DefinitionDeps } from '../native.ts';

const unknown = '<unknown>';

const firstSeen = (event: CoreEvent): string => event.firstTimestamp ?? event.eventTime ?? unknown;
const lastSeen = (event: CoreEvent): string =>
  event.series?.lastObservedTime ?? event.lastTimestamp ?? firstSeen(event);

const object = ({ involvedObject: { kind = '', name = '' } }: CoreEvent): string =>
  name === '' ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`;

const source = (event: CoreEvent): string => {
  const component = event.source?.component || event.reportingComponent || '';
  const host = event.source?.host || event.reportingInstance || '';
  return host === '' ? component : `${component}, ${host}`;
};

/** The columns of `kubectl get events`, in its order. The name is the last column, so it is defined here too. */
export const eventColumns: readonly TableColumn<CoreEvent>[] = [
  {
    name: 'Last Seen',
    type: 'date',
    description: 'The time at which the most recent occurrence of this event was recorded.',
    priority: 0,
    value: lastSeen,
  },
  textColumn(
    'Type',
    'Type of this event (Normal, Warning), new types could be added in the future',
    ({ type }) => type ?? '',
  ),
  textColumn('Reason', "The reason for the transition into the object's current status.", ({ reason }) => reason ?? ''),
  textColumn('Object', 'The object that this event is about.', object),
  textColumn(
    'Subobject',
    'The piece of the object that it is about.',
    ({ involvedObject }) => involvedObject.fieldPath ?? '',
    'wide',
  ),
  textColumn('Source', 'The component reporting this event.', source, 'wide'),
  textColumn('Message', 'A human-readable description of the status of this operation.', ({ message }) =>
    (message ?? '').trim(),
  ),
  {
    name: 'First Seen',
    type: 'date',
    description: 'The time at which the event was first recorded.',
    priority: 1,
    value: firstSeen,
  },
  {
    name: 'Count',
    type: 'string',
    description: 'The number of times this event has occurred.',
    priority: 1,
    value: ({ series, count }) => series?.count ?? (count || 1),
  },
  {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: 'Name must be unique within a namespace.',
    priority: 1,
    value: ({ metadata }) => metadata.name,
  },
];

/** Events of core/v1. An event is in the namespace of its object; for cluster-scoped objects in `default`. */
export function eventDefinition(deps: DefinitionDeps): ResourceDefinition {
  return nativeDefinition<CoreEvent>(deps, {
    plural: 'events',
    kind: 'Event',
    shortNames: ['ev'],
    schema: 'core.v1.Event',
    zeroValue: { involvedObject: {}, source: {} },
    columns: eventColumns,
    selectableFields: {
      'involvedObject.kind': ({ involvedObject }) => involvedObject.kind ?? '',
      'involvedObject.namespace': ({ involvedObject }) => involvedObject.namespace ?? '',
      'involvedObject.name': ({ involvedObject }) => involvedObject.name ?? '',
      'involvedObject.uid': ({ involvedObject }) => involvedObject.uid ?? '',
      'involvedObject.apiVersion': ({ involvedObject }) => involvedObject.apiVersion ?? '',
      'involvedObject.resourceVersion': ({ involvedObject }) => involvedObject.resourceVersion ?? '',
      'involvedObject.fieldPath': ({ involvedObject }) => involvedObject.fieldPath ?? '',
      reason: ({ reason }) => reason ?? '',
      reportingComponent: ({ reportingComponent }) => reportingComponent ?? '',
      source: (event) => event.source?.component || event.reportingComponent || '',
      type: ({ type }) => type ?? '',
    },
    strategy: {
      hasGeneration: false,
      allowCreateOnUpdate: true,
      validateCreate: (_context, event) => {
        const about = event.involvedObject.namespace ?? '';
        const own = event.metadata.namespace ?? '';
        const fits = about === own || (about === '' && own === 'default');
        return fits ? [] : [invalid('involvedObject.namespace', about, 'does not match event.namespace')];
      },
    },
  });
}
