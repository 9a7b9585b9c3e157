/** core/v1 Events: as recorders make them, and as much of them as explains something. */
import { cutEnd } from '../../meta/cut.ts';
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import type { CoreEvent } from './types.ts';

/** As long as kube-apiserver keeps an event, in milliseconds: repeats after that are new events. */
export const eventLifetimeMs = 3_600_000;
/** Bytes. Source: events.k8s.io/v1 Event, note */
const longestMessage = 1024;

/**
 * What an event about that object holds before anything is said in it.
 * @param time RFC 3339, of its first and only occurrence so far
 */
export function newEvent(
  { apiVersion, kind, metadata }: Stored<KubeObject>,
  { name, component, time }: { name: string; component: string; time: string },
) {
  const { namespace = '' } = metadata;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: namespace === '' ? 'default' : namespace },
    involvedObject: {
      ...{ apiVersion, kind, name: metadata.name, uid: metadata.uid, resourceVersion: metadata.resourceVersion },
      ...(namespace === '' ? {} : { namespace }),
    },
    source: { component },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
    reportingComponent: component,
    reportingInstance: '',
  } satisfies CoreEvent;
}

/** As much of a message as an event takes. */
export function eventMessage(text: string): string {
  return cutEnd(text, longestMessage);
}

/** What somebody, the kubelet say, has recorded about an object. */
export interface ToldEvent {
  /** Normal or Warning. */
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** The object that an event is about. */
export interface EventSubject extends NamespacedName {
  readonly kind: string;
  /** Events about namesakes that were there before do not count; where absent, they do. */
  readonly uid?: string;
}
