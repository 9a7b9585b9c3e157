/** Objects by the values of a few labels. */
import type { KubeObject, Stored } from './object.ts';

export class LabelIndex<T extends KubeObject> {
  readonly #byLabel: ReadonlyMap<string, Map<string, Map<string, Stored<T>>>>;

  constructor(labels: readonly string[]) {
    this.#byLabel = new Map(labels.map((label) => [label, new Map<string, Map<string, Stored<T>>>()]));
  }

  /** Undefined where the label is not indexed. */
  get(label: string, value: string): Iterable<Stored<T>> | undefined {
    const values = this.#byLabel.get(label);
    return values === undefined ? undefined : (values.get(value)?.values() ?? []);
  }

  replace(key: string, old: Stored<T> | undefined, now: Stored<T> | undefined): void {
    for (const [label, values] of this.#byLabel) {
      const before = valueOf(old, label);
      const after = valueOf(now, label);
      if (before !== undefined && before !== after) remove(values, before, key);
      if (after === undefined || now === undefined) continue;
      let objects = values.get(after);
      if (objects === undefined) values.set(after, (objects = new Map<string, Stored<T>>()));
      objects.set(key, now);
    }
  }
}

function valueOf(object: KubeObject | undefined, label: string): string | undefined {
  const labels = object?.metadata.labels;
  return labels !== undefined && Object.hasOwn(labels, label) ? labels[label] : undefined;
}

function remove(values: Map<string, Map<string, unknown>>, value: string, key: string): void {
  const objects = values.get(value);
  objects?.delete(key);
  if (objects?.size === 0) values.delete(value);
}
