/** One measured number, and how the numbers are printed. */

export interface Figure {
  readonly name: string;
  readonly value: number;
  /** "1/s", "ms", "MB", "s". */
  readonly unit: string;
  /** What was measured, and other results of the run. */
  readonly detail: string;
}

export interface Failure {
  readonly scenario: string;
  readonly message: string;
}

/** A number with about three significant digits: 1,234; 56.7; 0.123. */
export function formatValue(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 3;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: 0 });
}

export function formatTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, detail }) => [name, formatValue(value), unit, detail] as const);
  const width = (column: 0 | 1 | 2): number => Math.max(0, ...rows.map((row) => row[column].length));
  const lines = rows.map(
    ([name, value, unit, detail]) =>
      `${name.padEnd(width(0))}  ${value.padStart(width(1))} ${unit.padEnd(width(2))}  ${detail}`,
  );
  return `${lines.join('\n')}\n`;
}

/** The value below which this share of the sorted numbers lies: `percentile(sorted, 0.99)`. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function sorted(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b);
}
