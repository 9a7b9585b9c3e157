/** What may be done over HTTP with a subresource that has a kind of its own. */
import type { ObjectSubresource } from './contract.ts';

export function objectVerbs({ verbs, update }: ObjectSubresource): readonly ('get' | 'patch' | 'update')[] {
  return verbs ?? (update ? ['get', 'patch', 'update'] : ['get']);
}
