/** The addresses at which node ports answer, of all nodes together. */
import { nodeAddresses } from '../../apis/kubernetes/node-addresses.ts';
import type { Node } from '../../apis/kubernetes/types.ts';
import type { Lister } from '../../clients/contract.ts';
import { deepEqual } from '../../meta/json.ts';

/** What plans learn of nodes. */
export interface NodeAddresses {
  /** Undefined while the nodes have not been listed. */
  current(): readonly string[] | undefined;
  /** Nodes report much; this calls back only when the addresses are others than before. Returns the unsubscribe function. */
  onChange(listener: () => void): () => void;
}

/** Computes them again after each change of a node, and only then. */
export function createNodeAddresses(nodes: Lister<Node>): NodeAddresses {
  let known: readonly string[] | undefined;
  const current = (): readonly string[] | undefined => {
    if (nodes.synced()) known ??= nodeAddresses(nodes.list());
    return known;
  };
  return {
    current,
    onChange(listener) {
      return nodes.onChange(() => {
        const before = known;
        known = undefined;
        if (!deepEqual(current(), before)) listener();
      });
    },
  };
}
