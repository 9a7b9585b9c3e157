/** One log line per request: at level info if it failed or was slow, else at debug. */
import type { Logger } from '../../runtime/logger.ts';
import type { HttpExchange } from './exchange.ts';

/** A request of at least this many milliseconds is slow. */
const slowMs = 1_000;

/**
 * Logs a finished request. The query is left out, because it may hold secrets.
 * @param milliseconds how long it took
 * @param longRunning whether it is expected to take long
 */
export function logRequest(
  logger: Logger,
  { requestId, info, user }: HttpExchange,
  { code, milliseconds, longRunning }: { code: number; milliseconds: number; longRunning: boolean },
): void {
  const isSlow = milliseconds >= slowMs && !longRunning;
  const fields = {
    requestId,
    verb: info.verb,
    path: info.path,
    code,
    user: user.name,
    latencyMs: Math.round(milliseconds * 1000) / 1000,
  };
  if (code >= 500 || isSlow) logger.info(fields, 'request');
  else logger.debug(fields, 'request');
}
