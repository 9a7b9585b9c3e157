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

/** Why those of these pods were refused that were, by name. */
export function reasonsFor<Refusal extends { readonly message: string }>(
  refused: LRUCache<string, Refusal>,
  pods: ByName<Stored<Pod>>,
): ByName<string> {
  const found = [...pods].flatMap(([name, { metadata }]) => {
    const refusal = refused.peek(metadata.uid);
    return refusal === undefined ? [] : [[name, refusal.message] as const];
  });
  return new Map(found);
}
