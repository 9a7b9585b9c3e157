/**
 * core/v1 Events. The same thing said again is counted in the first event, as client-go's recorder does; what cannot
 * be written is logged and let go.
 */
import { omit } from '../omit.ts';
import type { CoreEvent } from '../../apis/kubernetes/types.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { KubeObject, Stored } from '../../meta/object.ts';
import { isReason } from '../../meta/status.ts';
import { kubeTime, type Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { controllerContext } from './users.ts';
import { randomHex } from './random-hex.ts';

export type RecordEvent = (
  about: Stored<KubeObject>,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
) => void;

/** So many different events are remembered for counting. */
const remembered = 4096;
/** As long as kube-apiserver keeps an event: repeats after that are new events. */
const countingMs = 3_600_000;
const maxMessage = 1024;

interface Said {
  name: string;
  count: number;
  since: number;
  /** Writes of one event follow each other. */
  last: Promise<void>;
}

export interface EventRecorderOptions {
  readonly events: () => ResourceRegistry<CoreEvent>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

function newEvent(about: Stored<KubeObject>, name: string, component: string, time: string): CoreEvent {
  const namespace = about.metadata.namespace ?? 'default';
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      name: about.metadata.name,
      ...(about.metadata.namespace ? { namespace: about.metadata.namespace } : {}),
      resourceVersion: about.metadata.resourceVersion,
      uid: about.metadata.uid,
    },
    source: { component },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
    reportingComponent: component,
    reportingInstance: '',
  };
}

/** One memory for all components; `forComponent` gives each its voice. */
export function createEventRecorder(options: EventRecorderOptions): {
  forComponent: (component: string) => RecordEvent;
} {
  const { clock, random, signal } = options;
  const said = new Map<string, Said>();
  const context = controllerContext('event-recorder', signal);

  async function count(namespace: string, entry: Said, event: CoreEvent): Promise<void> {
    const times = entry.count;
    try {
      await options.events().update(context, { namespace, name: entry.name }, (current) => {
        const metadata = omit((current ?? event).metadata, 'resourceVersion');
        return {
          ...(current ?? event),
          metadata,
          count: times,
          lastTimestamp: event.lastTimestamp ?? kubeTime(clock.now()),
        };
      });
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
      await options.events().create(context, namespace, { ...event, count: times });
    }
  }
  function remember(key: string, entry: Said): void {
    said.delete(key);
    said.set(key, entry);
    const [oldest] = said.keys();
    if (said.size > remembered && oldest !== undefined) said.delete(oldest);
  }
  function record(component: string, ...[about, type, reason, text]: Parameters<RecordEvent>): void {
    const message = text.length > maxMessage ? `${text.slice(0, maxMessage - 3)}...` : text;
    const key = JSON.stringify([component, about.metadata.uid, type, reason, message]);
    const time = kubeTime(clock.now());
    const known = said.get(key);
    const repeats = known !== undefined && clock.monotonic() - known.since < countingMs;
    const name = repeats ? known.name : `${about.metadata.name.slice(0, 220)}.${randomHex(random, 16)}`;
    const event = { ...newEvent(about, name, component, time), type, reason, message };
    const namespace = event.metadata.namespace ?? 'default';
    const entry = repeats ? known : { name, count: 0, since: clock.monotonic(), last: Promise.resolve() };
    entry.count += 1;
    const first = entry.count === 1;
    entry.last = entry.last
      .then(async () => {
        if (signal.aborted) return;
        if (first) await options.events().create(context, namespace, event);
        else await count(namespace, entry, event);
      })
      .catch((error: unknown) => {
        // Ordinary in a namespace that is going.
        if (isReason(error, 'NotFound') || isReason(error, 'Forbidden') || signal.aborted) return;
        options.logger.warn({ error, reason, about: about.metadata.name }, 'an event could not be recorded');
      });
    remember(key, entry);
  }
  return {
    forComponent:
      (component) =>
      (...args) =>
        record(component, ...args),
  };
}
