/** What may be done over HTTP with a subresource with a kind of its own. */
import { proxyVerbs } from './proxy-subresource.ts';
import type { ObjectSubresource } from './resource.ts';

/** The verbs of the subresource: its own list, else get, and with `update` also update and patch. */
export function objectVerbs({ verbs, update }: ObjectSubresource): readonly ('get' | 'patch' | 'update')[] {
  return verbs ?? (update ? ['get', 'patch', 'update'] : ['get']);
}

/** Other verbs, such as list and watch, are those of paths that only look like one of a proxy. */
export const isProxyVerb = (verb: string): boolean => (proxyVerbs as readonly string[]).includes(verb);
