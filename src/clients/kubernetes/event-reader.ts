/** core/v1 Events about one object, read when they are asked for. */
import type { EventSubject, ToldEvent } from '../../apis/kubernetes/event.ts';
import type { CoreEvent } from '../../apis/kubernetes/types.ts';
import type { EventReader } from '../contract.ts';
import { collectionPath, resources } from './resources.ts';
import type { ApiTransport } from './transport.ts';

const mostEvents = 10;
const timeoutMs = 10_000;

/** Asks kube-apiserver each time; nothing is watched or kept. */
export function createEventReader(transport: Pick<ApiTransport, 'request'>): EventReader {
  return {
    async about(subject) {
      const path = collectionPath(resources.events, subject.namespace);
      const query = { fieldSelector: fieldSelector(subject) };
      const { items } = await transport.request<{ items: readonly CoreEvent[] }>({
        ...{ method: 'GET', path, query },
        timeoutMs,
      });
      return items.toSorted(newestFirst).slice(0, mostEvents).map(told);
    },
  };
}

/** Source: the field selectors of core/v1 Event in kube-apiserver's registry. */
function fieldSelector({ kind, name, uid }: EventSubject): string {
  const fields = { kind, name, ...(uid === undefined ? {} : { uid }) };
  return Object.entries(fields)
    .map(([field, value]) => `involvedObject.${field}=${value}`)
    .join(',');
}

function newestFirst(one: CoreEvent, other: CoreEvent): number {
  return secondOf(other) - secondOf(one) || Number(other.type === 'Warning') - Number(one.type === 'Warning');
}

/** Recorders of events.k8s.io fill eventTime and series, older ones lastTimestamp. */
function secondOf({ series, lastTimestamp, eventTime, firstTimestamp }: CoreEvent): number {
  const times = [series?.lastObservedTime, lastTimestamp, eventTime, firstTimestamp];
  return Math.max(0, ...times.map((time) => Math.floor(Date.parse(time ?? '') / 1000)).filter(Number.isFinite));
}

const told = ({ type = '', reason = '', message = '' }: CoreEvent): ToldEvent => ({ type, reason, message });
