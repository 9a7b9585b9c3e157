/** What may be done over HTTP with a subresourcewith a kind of its own. */
import type { ObjectSubresource } from './resource.ts';

/** The verbs of the subresource: its own list, else get, and with `update` also update and patch. */
export function objectVerbs({ verbs, update }: ObjectSubresource): readonly ('get' | 'patch' | 'update')[] {
  return verbs ?? (update ? ['get', 'patch', 'update'] : ['get']);
}
