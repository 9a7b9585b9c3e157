/** Times as Go writes them. Source: Go, time.ParseDuration */

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const part = /(\d+(?:\.\d+)?)(ms|s|m|h)/g;
const whole = /^(\d+(\.\d+)?(ms|s|m|h))+$/;

/** "15s" and "1m30s" as milliseconds; undefined for what is no such time. */
export function durationMs(text: string): number | undefined {
  if (!whole.test(text)) return undefined;
  const parts = [...text.matchAll(part)];
  return parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (units[unit] ?? 0), 0);
}
