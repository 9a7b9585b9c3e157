/**
 * Records core/v1 Events. A repeated event increases the count of the first one, as client-go's recorder does. An event
 * that cannot be written is logged and dropped.
 */
import { omit } from '../omit.ts';
import { eventLifetimeMs, eventMessage, newEvent } from '../../apis/kubernetes/event.ts';
import type { CoreEvent } from '../../apis/kubernetes/types.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { CallContext } from '../../apiserver/resource.ts';
import type { KubeObject, Stored } from '../../meta/object.ts';
import { isReason } from '../../meta/status.ts';
import { kubeTime } from '../../meta/kube-time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createEventSuffixes } from '../../runtime/event-suffixes.ts';
import type { Logger } from '../../runtime/logger.ts';
import { controllerContext } from './users.ts';

/** Records an event about an object. It does not wait for the write; a failed write is logged. */
export type RecordEvent = (
  about: Stored<KubeObject>,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
) => void;

/** How many different events are remembered to count repetitions. */
const remembered = 4096;

interface Said {
  name: string;
  count: number;
  since: number;
  /** The last write of this event; the next one waits for it. */
  last: Promise<void>;
}

interface EventRecorderOptions {
  readonly events: () => ResourceRegistry<CoreEvent>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Remembers the events of all components. `forComponent` returns the function that one component records with. */
export class Recorder {
  readonly #options: EventRecorderOptions;
  readonly #context: CallContext;
  readonly #nextSuffix: () => string;
  readonly #said = new Map<string, Said>();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#context = controllerContext('event-recorder', options.signal);
    this.#nextSuffix = createEventSuffixes(options.clock);
  }

  forComponent(component: string): RecordEvent {
    return (about, type, reason, text) => {
      const message = eventMessage(text);
      const key = JSON.stringify([component, about.metadata.uid, type, reason, message]);
      const entry = this.#entry(key, about.metadata.name);
      const time = kubeTime(this.#options.clock.now());
      const event = {
        ...newEvent(about, { name: entry.name, component, time }),
        ...{ type, reason, message, count: ++entry.count },
      };
      entry.last = entry.last.then(() => this.#write(event));
    };
  }

  #entry(key: string, about: string): Said {
    const now = this.#options.clock.monotonic();
    const known = this.#said.get(key);
    const counts = known !== undefined && now - known.since < eventLifetimeMs;
    const name = `${about.slice(0, 220)}.${this.#nextSuffix()}`;
    const entry = counts ? known : { name, count: 0, since: now, last: Promise.resolve() };
    this.#said.delete(key);
    this.#said.set(key, entry);
    const [oldest] = this.#said.keys();
    if (this.#said.size > remembered && oldest !== undefined) this.#said.delete(oldest);
    return entry;
  }

  async #write(event: CoreEvent & { count: number }): Promise<void> {
    const { signal, logger } = this.#options;
    if (signal.aborted) return;
    try {
      if (event.count === 1) await this.#create(event);
      else await this.#count(event);
    } catch (error) {
      // Normal in a namespace that is being deleted.
      const expected = isReason(error, 'NotFound') || isReason(error, 'Forbidden');
      if (expected || this.#options.signal.aborted) return;
      logger.warn({ error, reason: event.reason, event: event.metadata.name }, 'an event could not be recorded');
    }
  }

  async #create(event: CoreEvent): Promise<void> {
    await this.#options.events().create(this.#context, event.metadata.namespace ?? '', event);
  }

  async #count(event: CoreEvent & { count: number }): Promise<void> {
    const { namespace = '', name = '' } = event.metadata;
    const counted = (current: CoreEvent): CoreEvent => ({
      ...current,
      metadata: omit(current.metadata, 'resourceVersion'),
      count: event.count,
      ...(event.lastTimestamp ? { lastTimestamp: event.lastTimestamp } : {}),
    });
    try {
      await this.#options.events().update(this.#context, { namespace, name }, (now) => counted(now ?? event));
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
      await this.#create(event);
    }
  }
}
