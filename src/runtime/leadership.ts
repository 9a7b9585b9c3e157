/** Which of several replicas does what only one of them may do at a time. */
import { setMaxListeners } from 'node:events';
import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';
import { pause } from './time-limit.ts';

/** One leadership of this process, from its beginning to its end. */
export interface Term {
  /** Who leads, as other replicas see it: "host_uuid". */
  readonly holder: string;
  /** Aborts when this leadership ends; its reason says why. */
  readonly signal: AbortSignal;
  /**
   * Whether this process may still act as the leader. After a pause of the process this is false at once; the signal aborts
   * a moment later.
   */
  isCurrent(): boolean;
  /** Ends this leadership, because another process is known to lead. Does nothing if it has ended. */
  end(reason: LeadershipLostError): void;
}

/** What a leader does. It must end soon after the signal of its term has aborted. */
export type LeaderWork = (term: Term) => Promise<void>;

/** Decides when this process leads. */
export interface Leadership {
  /**
   * Does the work while this process leads, anew for each term. A term begins only after the work of the last one has
   * ended. Resolves after the signal has aborted and the work has ended. Call it once.
   * @throws what the work throws while its term lasts
   */
  lead(work: LeaderWork, signal: AbortSignal): Promise<void>;
}

/** This process does not lead any more: what it was about to do as leader must not be done. */
export class LeadershipLostError extends Error {
  constructor(why: string, options?: ErrorOptions) {
    super(`this process does not lead any more: ${why}`, options);
    this.name = 'LeadershipLostError';
  }
}

/**
 * A term for the work of a leader.
 * @param until the moment up to which the term lasts now, in the clock's monotonic milliseconds
 * @param signal ends the term, too
 */
export function beginTerm(options: {
  readonly holder: string;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly until: () => number;
  readonly signal: AbortSignal;
}): Term {
  const { holder, clock, until } = options;
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  // All that the leader does listens to it.
  setMaxListeners(0, signal);
  return {
    ...{ holder, signal },
    isCurrent: () => !signal.aborted && clock.monotonic() < until(),
    end: (reason) => ended.abort(reason),
  };
}

/** Milliseconds before the next term, where something else than the process itself has ended one. */
const againAfterMs = 1_000;

/** For a process that is alone: it always leads. Whoever shares its data is kept out by other means. */
export function createSoleLeadership(options: {
  readonly holder: string;
  readonly clock: Clock;
  readonly logger: Logger;
}): Leadership {
  const { holder, clock, logger } = options;
  return {
    async lead(work, signal) {
      const isStopped = (): boolean => signal.aborted;
      while (!isStopped()) {
        const term = beginTerm({ holder, clock, signal, until: () => Number.POSITIVE_INFINITY });
        await workOf(work, term);
        if (isStopped()) return;
        logger.warn({ error: term.signal.reason as unknown }, 'the work of the leader begins anew');
        await pause(clock, againAfterMs, signal);
      }
    },
  };
}

/** Does the work of one term, which ends with it. @throws what the work throws while the term lasts */
export async function workOf(work: LeaderWork, term: Term): Promise<void> {
  try {
    await work(term);
  } catch (error) {
    // What goes wrong because the term is over is no news.
    if (!term.signal.aborted && !(error instanceof LeadershipLostError)) throw error;
  } finally {
    term.end(new LeadershipLostError('its work has ended'));
  }
}
