/** core/v1 Events, written one after the other behind the back of who records them; what fails is logged and let go. */
import type { EventRecorder } from '../contract.ts';
import { isReason } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { createEventMemory, type CountedEvent } from './event-memory.ts';
import { collectionPath, objectPath, resources } from './resources.ts';
import type { ApiTransport } from './transport.ts';

/** So many may wait to be written; more are let go. */
const longestQueue = 1000;
const timeoutMs = 10_000;

interface EventRecorderOptions {
  readonly transport: ApiTransport;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Nothing is written after it has aborted. */
  readonly signal: AbortSignal;
}

/** Returns at once from `record`; events are written in the background, one after the other. */
export function createEventRecorder({ transport, clock, logger, signal }: EventRecorderOptions): EventRecorder {
  const memory = createEventMemory(clock);
  // Repeats of an event that waits still are written with it.
  const waiting = new Set<CountedEvent>();
  const written = new WeakSet<CountedEvent>();
  let isWriting = false;

  async function create(event: CountedEvent): Promise<void> {
    const path = collectionPath(resources.events, event.metadata.namespace);
    try {
      await transport.request({ method: 'POST', path, body: event, timeoutMs, signal });
    } catch (error) {
      if (!isReason(error, 'AlreadyExists')) throw error;
      // An earlier attempt that was never answered had succeeded.
      written.add(event);
      return count(event);
    }
    written.add(event);
  }

  async function count(event: CountedEvent): Promise<void> {
    const { count, lastTimestamp } = event;
    const path = objectPath(resources.events, event.metadata);
    const body = { count, lastTimestamp };
    const contentType = 'application/merge-patch+json';
    try {
      await transport.request({ method: 'PATCH', path, body, contentType, timeoutMs, signal });
    } catch (error) {
      // kube-apiserver keeps events for a while only.
      if (!isReason(error, 'NotFound')) throw error;
      await create(event);
    }
  }

  async function write(event: CountedEvent): Promise<void> {
    try {
      await (written.has(event) ? count(event) : create(event));
    } catch (error) {
      // Ordinary in a namespace that is going.
      const isExpected = isReason(error, 'NotFound') || isReason(error, 'Forbidden');
      if (signal.aborted || isExpected) return;
      logger.warn({ error, reason: event.reason, event: event.metadata.name }, 'an event could not be recorded');
    }
  }

  async function writeAll(): Promise<void> {
    isWriting = true;
    for (const event of waiting) {
      waiting.delete(event);
      if (!signal.aborted) await write(event);
    }
    isWriting = false;
  }

  return {
    record(about, type, reason, message) {
      if (signal.aborted) return;
      const event = memory.say(about, type, reason, message);
      if (event === undefined || waiting.size >= longestQueue) return;
      waiting.add(event);
      if (!isWriting) void writeAll();
    },
  };
}
