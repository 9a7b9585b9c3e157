/** Where nodes are reached. */
import type { Node } from './types.ts';

/** Every node answers at a node port; more addresses than these help nobody. */
const maxAddresses = 3;

/** Up to three addresses of nodes that are ready, in the order of their names: the external one, else the internal one. */
export function nodeAddresses(nodes: readonly Node[]): string[] {
  const byName = [...nodes].sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  const found: string[] = [];
  for (const { status } of byName) {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status !== 'True') continue;
    const of = (type: string): string | undefined => status?.addresses?.find((one) => one.type === type)?.address;
    const address = of('ExternalIP') ?? of('InternalIP');
    if (address !== undefined) found.push(address);
    if (found.length === maxAddresses) break;
  }
  return found;
}
