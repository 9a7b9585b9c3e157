/** The audit log of one server. */
import type { UserInfo } from '../../meta/user.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { Exchange, RequestInfo } from '../exchange.ts';
import type { AuditLog, AuditRecord, AuditSink, Event, EventHead, EventSource, Level } from './contract.ts';
import { bareHead, eventHead } from './event-head.ts';
import { createPolicyEvaluator, type AuditPolicy } from './policy.ts';
import { createRecord } from './record.ts';
import { createRecordedBodies } from './recorded-bodies.ts';
import { createScrubber, type Scrubber } from './scrub.ts';

/** What an audit log needs. */
export interface AuditLogOptions {
  readonly policy: AuditPolicy;
  readonly sink: AuditSink;
  /**
   * Fields that are never written: "masterKey" for any field of that name, "keys.value" for `value` in the elements of
   * the list `keys`. The data of Secrets is always left out.
   */
  readonly secretFields: readonly string[];
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** The most characters of a line; a longer event is written without its objects. */
const maxLine = 2 << 20;
/** Source: k8s.io/apiserver/plugin/pkg/audit/truncate */
const truncated = { 'audit.k8s.io/truncated': 'true' };
const plugin = 'log';

/** A log that evaluates the policy for each request and writes to the sink. */
export function createAuditLog(options: AuditLogOptions): AuditLog {
  const { clock, metrics, secretFields } = options;
  const evaluate = createPolicyEvaluator(options.policy);
  const scrubber = createScrubber(secretFields);
  // A patch of a Secret does not contain its kind.
  const ofSecrets = createScrubber([...secretFields, 'data', 'stringData']);
  const { emit, failed } = createEmitter(options);
  const levels = metrics.counter('apiserver_audit_level_total', 'Requests by the level at which they are audited.', [
    'level',
  ]);

  function record(
    exchange: Exchange,
    user: UserInfo | undefined,
    about: { readonly startedAt: number; readonly longRunning: boolean; readonly endsWithStart?: boolean },
  ): AuditRecord | undefined {
    const { level, omitStages, omitManagedFields } = decide(exchange, user);
    levels.inc({ level });
    if (level === 'None') return undefined;
    const { startedAt, ...kind } = about;
    const elapsed = (): number => clock.monotonic() - startedAt;
    const bodies = createRecordedBodies(scrubberFor(exchange.info), { omitManagedFields });
    return createRecord({
      ...kind,
      ...{ omitStages, elapsed, bodies },
      head: headOf(exchange, user, level),
      received: clock.now().getTime() - elapsed(),
      write: (source) => emit(bodies.isTruncated() ? { ...source, full: () => marked(source.full()) } : source),
      failed: (error) => failed(error, exchange.requestId),
    });
  }

  function decide(exchange: Exchange, user: UserInfo | undefined): ReturnType<typeof evaluate> {
    try {
      return evaluate(exchange.info, user);
    } catch (error) {
      failed(error, exchange.requestId);
      return { level: 'Metadata', omitStages: new Set(), omitManagedFields: true };
    }
  }

  function headOf(exchange: Exchange, user: UserInfo | undefined, level: Level): EventHead {
    try {
      return eventHead(exchange, user, level);
    } catch (error) {
      failed(error, exchange.requestId);
      return bareHead(exchange, user);
    }
  }

  function scrubberFor({ group, resource }: RequestInfo): Scrubber {
    return group === '' && resource === 'secrets' ? ofSecrets : scrubber;
  }

  return {
    begin: (exchange, about) => record(exchange, exchange.user, about),
    beginUnauthenticated: (exchange, startedAt) =>
      record(exchange, undefined, { startedAt, longRunning: false, endsWithStart: true }),
    close: (graceMs) => options.sink.close(graceMs),
  };
}

interface Emitter {
  readonly emit: (source: EventSource) => void;
  /** Counts and logs what could not be recorded. */
  readonly failed: (error: unknown, requestId: string) => void;
}

/** Counts and logs events that could not be written in full; no request fails because of them. */
function createEmitter({ sink, metrics, logger }: AuditLogOptions): Emitter {
  const events = metrics.counter('apiserver_audit_event_total', 'Audit events generated.');
  const errors = metrics.counter('apiserver_audit_error_total', 'Audit events that could not be written in full.', [
    'plugin',
  ]);
  // Starts at 0, so that an alert can see the first error as an increase.
  errors.inc({ plugin }, 0);
  const failed = (error: unknown, requestId: string): void => {
    errors.inc({ plugin });
    logger.error({ error, requestId }, 'an audit event could not be written in full');
  };
  const fullLine = (source: EventSource): string | undefined => {
    try {
      return lineOf(source.full());
    } catch (error) {
      failed(error, source.auditID);
      return undefined;
    }
  };
  return {
    failed,
    emit(source) {
      events.inc();
      try {
        if (!sink.write(fullLine(source) ?? lineOf(source.bare()))) errors.inc({ plugin });
      } catch (error) {
        failed(error, source.auditID);
      }
    },
  };
}

function lineOf(event: Event): string {
  const line = `${JSON.stringify(event)}\n`;
  if (line.length <= maxLine) return line;
  const { requestObject, responseObject, ...rest } = event;
  return requestObject === undefined && responseObject === undefined ? line : `${JSON.stringify(marked(rest))}\n`;
}

function marked(event: Event): Event {
  return { ...event, annotations: { ...event.annotations, ...truncated } };
}
