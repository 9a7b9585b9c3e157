/** Logs failures that clients do not see: one cause may fail thousands of requests in a minute. */
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';

/** A log that repeats the same cause only rarely. */
export interface FailureLog {
  /**
   * Logs a failure with its stack, at most once in ten seconds for each cause. The next line of a cause says how many
   * were left out.
   * @returns false if it was left out
   */
  report(cause: unknown, fields: Readonly<Record<string, unknown>>): boolean;
}

/** Milliseconds between two lines of one cause. */
const quietMs = 10_000;
/** The most causes to remember; the one logged longest ago is forgotten first. */
const maxCauses = 200;
/** This many characters of a message tell causes apart; later ones mostly hold names. */
const tellingLength = 200;

interface Known {
  /** When it was last logged, in milliseconds of the monotonic clock. */
  readonly loggedAt: number;
  /** How often it occurred since. */
  leftOut: number;
}

/** A log with no remembered causes. */
export function createFailureLog({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }): FailureLog {
  const known = new Map<string, Known>();
  return {
    report(cause, fields) {
      const key = keyOf(cause);
      const now = clock.monotonic();
      const last = known.get(key);
      if (last !== undefined && now - last.loggedAt < quietMs) {
        last.leftOut += 1;
        return false;
      }
      known.delete(key);
      const [oldest] = known.keys();
      if (known.size >= maxCauses && oldest !== undefined) known.delete(oldest);
      known.set(key, { loggedAt: now, leftOut: 0 });
      const leftOut = last === undefined || last.leftOut === 0 ? {} : { leftOut: last.leftOut };
      logger.error({ error: cause, ...fields, ...leftOut }, 'request failed');
      return true;
    },
  };
}

/** Identifies the cause: the error and where it was thrown, but not the request. */
function keyOf(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause;
  const place = /\n\s+at [^\n]*/.exec(cause.stack ?? '')?.[0] ?? '';
  return `${cause.name}: ${cause.message.slice(0, tellingLength)}${place.slice(0, tellingLength)}`;
}
