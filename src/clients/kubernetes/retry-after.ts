/** When a server that is too busy wants to be asked again. Source: client-go's rest/with_retry.go */

const maxAttempts = 5;
const longestMs = 10_000;

/**
 * Milliseconds to wait, where the answer says that it pays to ask again (429 or 5xx with Retry-After); undefined where
 * it does not, or was asked often enough.
 * @param attempt counts from 1
 */
export function retryDelayMs(status: number, retryAfter: string | undefined, attempt: number): number | undefined {
  const isBusy = status === 429 || status >= 500;
  if (!isBusy || attempt >= maxAttempts || retryAfter === undefined || !/^\d+$/.test(retryAfter)) return undefined;
  return Math.min(Number(retryAfter) * 1000, longestMs);
}
