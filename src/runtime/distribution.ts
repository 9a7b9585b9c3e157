/** Histograms for what happens very often (each request, each event of each watch): observing a value costs almost nothing. */

/** The part of a histogram that belongs to one set of label values. */
export interface Series {
  /** @param value in the unit of the metric's name */
  observe(value: number): void;
}

/** One histogram metric with its label names. */
export interface Distribution {
  /** Callers should keep the result, since finding it costs more than observing. The same values give the same series. */
  labels(values: Readonly<Record<string, string>>): Series;
}

/** A histogram that prints itself. Source of the format: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export class TextDistribution implements Distribution {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: Float64Array;
  readonly #series = new Map<string, CountedSeries>();

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#bounds = Float64Array.from(bounds);
  }

  labels(values: Readonly<Record<string, string>>): Series {
    const text = Object.entries(values)
      .map(([name, value]) => `${name}="${escaped(value)}"`)
      .join(',');
    let series = this.#series.get(text);
    if (series === undefined) this.#series.set(text, (series = new CountedSeries(this.#bounds)));
    return series;
  }

  text(): string {
    const lines = [`# HELP ${this.#name} ${this.#help}`, `# TYPE ${this.#name} histogram`];
    for (const [labels, series] of this.#series) lines.push(...series.lines(this.#name, labels));
    return `${lines.join('\n')}\n`;
  }
}

class CountedSeries implements Series {
  readonly #bounds: Float64Array;
  /** Values per bucket, not cumulative; the last bucket holds the values above the last bound. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: Float64Array) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  lines(name: string, labels: string): string[] {
    const before = labels === '' ? '' : `${labels},`;
    const own = labels === '' ? '' : `{${labels}}`;
    let total = 0;
    const buckets = [...this.#counts].map((count, index) => {
      total += count;
      return `${name}_bucket{${before}le="${String(this.#bounds[index] ?? '+Inf')}"} ${total}`;
    });
    return [...buckets, `${name}_sum${own} ${this.#sum}`, `${name}_count${own} ${total}`];
  }
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
