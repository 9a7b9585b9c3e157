import { status, type Metadata, type ServiceError } from '@grpc/grpc-js';
import type { Clock } from '../../runtime/clock.ts';
import { pause } from '../../runtime/time-limit.ts';
import { StorageUnavailableError } from '../contract.ts';
import type { Authenticator } from './authenticator.ts';
import type { Endpoint, UnaryRpc } from './endpoint.ts';
import { isServiceError, reasonOf, verdictOf } from './errors.ts';
import type { EtcdMetrics } from './etcd-metrics.ts';
import type { Members } from './members.ts';
import type { RequestOf, ResponseOf } from './proto.ts';

interface CallerOptions {
  readonly members: Members;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: EtcdMetrics;
  readonly pace: CallPace;
}

/** How long calls wait, in milliseconds. */
export interface CallPace {
  /** For an answer, all attempts together. */
  readonly requestMs: number;
  /** For a member that can be asked at all. */
  readonly noMemberMs: number;
  /** Before all members are asked once more; up to twice as long. */
  readonly againMs: number;
}

/** How a call may be made. */
interface CallKind {
  /** For metrics. */
  readonly operation: string;
  /** It must not be carried out twice: only what surely did not happen is sent again. */
  readonly once?: boolean;
  readonly timeoutMs?: number;
}

/** One try of a call, on one member. */
type Attempt<T> = (endpoint: Endpoint, metadata: Metadata, timeoutMs: number) => Promise<T>;

/** A call that etcd itself refused for good: the caller knows what that means. */
export class RefusedError extends Error {
  override readonly cause: ServiceError;

  constructor(cause: ServiceError) {
    super(cause.details, { cause });
    this.name = 'RefusedError';
    this.cause = cause;
  }
}

/** Calls one member after the other until one answers, within a time. */
export class Caller {
  readonly #options: CallerOptions;

  constructor(options: CallerOptions) {
    this.#options = options;
  }

  /**
   * @throws RefusedError if etcd refused it for good
   * @throws StorageUnavailableError if there was no answer
   */
  unary<R extends UnaryRpc>(rpc: R, request: RequestOf<R>, kind: CallKind): Promise<ResponseOf<R>> {
    return this.call(kind, (endpoint, metadata, timeoutMs) => endpoint.unary(rpc, request, { metadata, timeoutMs }));
  }

  /** The same for calls of other forms. */
  async call<T>(kind: CallKind, attempt: Attempt<T>): Promise<T> {
    const { clock, metrics } = this.#options;
    const began = clock.monotonic();
    try {
      return await this.#attempts(kind, attempt, began);
    } finally {
      metrics.request(kind.operation, (clock.monotonic() - began) / 1000);
    }
  }

  async #attempts<T>(kind: CallKind, attempt: Attempt<T>, began: number): Promise<T> {
    const { members, clock, random, pace } = this.#options;
    const end = began + (kind.timeoutMs ?? pace.requestMs);
    const asked = new Set<Endpoint>();
    let logins = 0;
    for (;;) {
      const left = Math.max(end - clock.monotonic(), 0);
      const endpoint = await members.usable(asked, Math.min(pace.noMemberMs, left));
      const failed = await this.#try(endpoint, kind, attempt, this.#limit(endpoint, kind, asked, end));
      if ('value' in failed) return failed.value;
      const { error, metadata } = failed;
      const verdict = verdictOf(error);
      if (verdict === 'final') throw new RefusedError(error);
      if (verdict === 'unknown' && kind.once === true) throw unanswered(error, true);
      if (verdict === 'token' && metadata && logins < 2 && this.#options.authenticator.refused(metadata)) {
        logins += 1;
        continue;
      }
      asked.add(endpoint);
      const wait = asked.size >= members.count ? pace.againMs * (1 + random()) : 0;
      // An attempt without time for the answer would only make it unknown whether it happened.
      const least = wait === 0 ? 0 : pace.againMs;
      if (clock.monotonic() + wait + least >= end || verdict === 'token') throw unanswered(error, false);
      if (wait === 0) continue;
      asked.clear();
      await pause(clock, wait, undefined);
    }
  }

  /** The last member that can be asked gets all the time that is left. */
  #limit(endpoint: Endpoint, { once }: CallKind, asked: ReadonlySet<Endpoint>, end: number): number {
    const left = Math.max(end - this.#options.clock.monotonic(), 1);
    const others = once !== true && this.#options.members.hasOther(new Set([...asked, endpoint]));
    return others ? left / 3 : left;
  }

  async #try<T>(
    endpoint: Endpoint,
    { operation }: CallKind,
    attempt: Attempt<T>,
    timeoutMs: number,
  ): Promise<{ value: T } | { error: ServiceError; metadata: Metadata | undefined }> {
    const { authenticator, members, metrics } = this.#options;
    let metadata: Metadata | undefined;
    try {
      metadata = await authenticator.metadata(endpoint);
      return { value: await attempt(endpoint, metadata, timeoutMs) };
    } catch (error) {
      if (!isServiceError(error)) throw error;
      metrics.error(operation, status[error.code]);
      const verdict = verdictOf(error);
      if (verdict === 'unknown' || verdict === 'again') members.suspect(endpoint, reasonOf(error));
      // A login that fails has not begun the call.
      if (metadata === undefined && verdict === 'unknown') throw unanswered(error, false);
      return { error, metadata };
    }
  }
}

function unanswered(error: ServiceError, indeterminate: boolean): StorageUnavailableError {
  return new StorageUnavailableError(`etcd did not answer: ${error.details}`, { cause: error, indeterminate });
}
