/** An index of objects by the values of a few labels. Its items are the objects themselves, or say where they are. */
import type { KubeObject } from './object.ts';

/** Finds items by the value of one label. Its memory grows with the items that carry an indexed label. */
export class LabelIndex<Item> {
  /** Label → value → key → item. */
  readonly #byLabel: ReadonlyMap<string, Map<string, Map<string, Item>>>;

  constructor(labels: readonly string[]) {
    this.#byLabel = new Map(labels.map((label) => [label, new Map<string, Map<string, Item>>()]));
  }

  /** Undefined where the label is not indexed. */
  get(label: string, value: string): Iterable<Item> | undefined {
    const values = this.#byLabel.get(label);
    return values === undefined ? undefined : (values.get(value)?.values() ?? []);
  }

  /**
   * Brings the index up to date after a change.
   * @param old the object that had this key before; undefined where it is new
   * @param now the object that has this key now; undefined where it was deleted
   * @param item is found for the new object
   */
  replace(key: string, old: KubeObject | undefined, now: KubeObject | undefined, item: Item | undefined): void {
    for (const [label, values] of this.#byLabel) {
      const before = valueOf(old, label);
      const after = valueOf(now, label);
      if (before !== undefined && before !== after) remove(values, before, key);
      if (after === undefined || item === undefined) continue;
      let objects = values.get(after);
      if (objects === undefined) values.set(after, (objects = new Map<string, Item>()));
      objects.set(key, item);
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
