/** Reads the events about one object, as the controller does where no status says why a member does not run. */
import type { CoreEvent } from '../../apis/kubernetes/types.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { EventReader } from '../../clients/contract.ts';

const mostEvents = 10;

const timeOf = ({ lastTimestamp, eventTime, firstTimestamp }: CoreEvent): number =>
  Date.parse(lastTimestamp ?? eventTime ?? firstTimestamp ?? '') || 0;
const isWarning = ({ type }: CoreEvent): number => Number(type === 'Warning');

/** By the cache of events. */
export function createEventReader(events: ResourceRegistry<CoreEvent>): EventReader {
  return {
    about({ kind, namespace, name, uid }) {
      const found = events.cache
        .list({ namespace })
        .objects.map(({ object }) => object)
        .filter(
          ({ involvedObject: of }) => of.kind === kind && of.name === name && (uid === undefined || of.uid === uid),
        )
        .toSorted((one, other) => timeOf(other) - timeOf(one) || isWarning(other) - isWarning(one));
      const told = found
        .slice(0, mostEvents)
        .map(({ type = '', reason = '', message = '' }) => ({ type, reason, message }));
      return Promise.resolve(told);
    },
  };
}
