/** Durations as flags have them. */

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** Timers of Node.js take no more. */
const longestMs = 2 ** 31 - 1;

/** "5m", "90s", "1h30m", "0" in milliseconds; undefined for what is no duration. Source: Go's time.ParseDuration */
export function durationOf(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smh]))+$/.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|[smh])/g);
  const sum = [...parts].reduce((total, [, number, unit]) => total + Number(number) * (units[unit ?? ''] ?? 0), 0);
  return Math.min(sum, longestMs);
}

/** The same for --request-timeout, where a number without a unit is in seconds. Source: client-go's clientcmd.ParseTimeout */
export function requestTimeoutOf(text: string): number | undefined {
  return durationOf(/^\d+$/.test(text) ? `${text}s` : text);
}
