/** Durations as flags have them. */
import { durationMs } from '../../meta/go-duration.ts';

/** Timers of Node.js take no more. */
const longestMs = 2 ** 31 - 1;

/** "5m", "90s", "1h30m", "0" in milliseconds; undefined for what is no duration. Source: Go's time.ParseDuration */
export function durationOf(text: string): number | undefined {
  const ms = text === '0' ? 0 : durationMs(text);
  return ms === undefined ? undefined : Math.min(ms, longestMs);
}

/** The same for --request-timeout, where a number without a unit is in seconds. Source: client-go's clientcmd.ParseTimeout */
export function requestTimeoutOf(text: string): number | undefined {
  return durationOf(/^\d+$/.test(text) ? `${text}s` : text);
}
