/** Finds the pods that a Service (or anything else with a selector) selects, and what selects a pod, without a scan of all objects. */
import type { Pod } from '../../apis/kubernetes/types.ts';
import { splitObjectKey } from '../../apiserver/watchcache/keys.ts';

type Labels = Readonly<Record<string, string>>;

const pairsOf = (key: string, labels: Labels): string[] => {
  const { namespace } = splitObjectKey(key);
  return Object.entries(labels).map(([name, value]) => `${namespace}\n${name}\n${value}`);
};

/** Services and pods by "namespace/name". A Service selects only pods of its own namespace. */
export interface SelectorIndex {
  /** @returns the keys of the Services that select the pod now or selected it before the change */
  updatePod(key: string, pod: Pod | undefined): ReadonlySet<string>;
  /** @param selector undefined or empty where it selects none, or is gone */
  updateService(key: string, selector: Labels | undefined): void;
  /** @returns the keys of the Services that select an object of the namespace of `key` with these labels */
  selecting(key: string, labels: Labels): readonly string[];
  podsOf(service: string): string[];
}

class Buckets {
  readonly #members = new Map<string, Set<string>>();

  add(pair: string, key: string): void {
    const bucket = this.#members.get(pair);
    if (bucket) bucket.add(key);
    else this.#members.set(pair, new Set([key]));
  }
  remove(pair: string, key: string): void {
    const bucket = this.#members.get(pair);
    if (bucket?.delete(key) && bucket.size === 0) this.#members.delete(pair);
  }
  get(pair: string): ReadonlySet<string> {
    return this.#members.get(pair) ?? new Set();
  }
}

/** An empty index. Updates take time by the labels of one object, not by the number of objects. */
export function createSelectorIndex(): SelectorIndex {
  const pods = new Buckets();
  const services = new Buckets();
  const podPairs = new Map<string, readonly string[]>();
  const servicePairs = new Map<string, readonly string[]>();

  /** The Services whose whole selector these label pairs satisfy. */
  function selecting(pairs: readonly string[]): string[] {
    const have = new Set(pairs);
    return pairs.flatMap((pair) =>
      [...services.get(pair)].filter((service) => servicePairs.get(service)?.every((one) => have.has(one))),
    );
  }
  return {
    updatePod(key, pod) {
      const before = podPairs.get(key) ?? [];
      const after = pod ? pairsOf(key, pod.metadata.labels ?? {}) : [];
      const affected = new Set([...selecting(before), ...selecting(after)]);
      for (const pair of before) pods.remove(pair, key);
      for (const pair of after) pods.add(pair, key);
      if (pod) podPairs.set(key, after);
      else podPairs.delete(key);
      return affected;
    },
    updateService(key, selector) {
      const [old] = servicePairs.get(key) ?? [];
      if (old !== undefined) services.remove(old, key);
      const pairs = pairsOf(key, selector ?? {});
      const [first] = pairs;
      if (first === undefined) servicePairs.delete(key);
      else {
        servicePairs.set(key, pairs);
        services.add(first, key);
      }
    },
    selecting: (key, labels) => selecting(pairsOf(key, labels)),
    podsOf(service) {
      const pairs = servicePairs.get(service) ?? [];
      const [first, ...rest] = [...pairs].sort((a, b) => pods.get(a).size - pods.get(b).size);
      if (first === undefined) return [];
      return [...pods.get(first)].filter((pod) => rest.every((pair) => pods.get(pair).has(pod)));
    },
  };
}
