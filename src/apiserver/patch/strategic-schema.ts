/** How strategic merge patch treats a field, read from its schema. */
import type { SchemaNode } from '../../schema/contract.ts';

/** How a list is patched. */
export type ListStrategy =
  | { readonly type: 'replace' }
  /** Of scalars: joined without repeats. */
  | { readonly type: 'set' }
  /** Of objects: matched by this field. */
  | { readonly type: 'map'; readonly key: string };

const replace: ListStrategy = { type: 'replace' };

/** What x-kubernetes-patch-strategy and -merge-key say, which resolved schemas carry wherever a list merges. */
export function listStrategy(node: SchemaNode | undefined): ListStrategy {
  const strategies = node?.schema['x-kubernetes-patch-strategy']?.split(',') ?? [];
  if (!strategies.includes('merge')) return replace;
  const key = node?.schema['x-kubernetes-patch-merge-key'];
  return key === undefined ? { type: 'set' } : { type: 'map', key };
}

/** Whether an object is replaced as a whole. */
export function isAtomic(node: SchemaNode | undefined): boolean {
  const strategies = node?.schema['x-kubernetes-patch-strategy']?.split(',') ?? [];
  return strategies.includes('replace') || node?.schema['x-kubernetes-map-type'] === 'atomic';
}
