/** What was refused for pods. In memory only: a new controller asks, and hears it again. */
import { LRUCache } from 'lru-cache';
import type { Pod } from '../../apis/kubernetes/types.ts';
import type { Stored } from '../../meta/object.ts';
import type { ByName } from '../plan/observed.ts';

/** So many refused pods are remembered. */
const longestMemory = 4_096;

/** Refusals by the pods' uid: a new pod of the same name has none. */
export const createRefusals = <Refusal extends object>(): LRUCache<string, Refusal> =>
  new LRUCache({ max: longestMemory });

/** What is remembered of those of these pods that were refused, by name. */
export function refusalsOf<Refusal extends object>(
  refused: LRUCache<string, Refusal>,
  pods: ByName<Stored<Pod>>,
): ByName<Refusal> {
  const found = [...pods].flatMap(([name, { metadata }]) => {
    const refusal = refused.peek(metadata.uid);
    return refusal === undefined ? [] : [[name, refusal] as const];
  });
  return new Map(found);
}
