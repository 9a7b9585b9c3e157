/** One line for each request: for whom looks closely all of them, for everybody else those that went badly. */
import type { Logger } from '../../runtime/logger.ts';
import type { HttpExchange } from './exchange.ts';

/** Milliseconds from which a request is worth a line of its own. */
const slowMs = 1_000;

/**
 * The query is left out: it may hold what is not for the log.
 * @param milliseconds it took
 * @param longRunning whether it is meant to take long
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
