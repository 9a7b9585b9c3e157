/** Which form of discovery a client gets. */
import { notAcceptable } from '../../meta/status.ts';
import { asksForNoKind, mediaTypeOf, mediaTypes, parseAccept } from '../negotiation/index.ts';
import type { AcceptClause, MediaType } from '../negotiation/index.ts';

interface DiscoveryForm {
  readonly mediaType: MediaType;
  readonly aggregated: boolean;
}

/** What follows the media type in the Content-Type of aggregated discovery. */
export const aggregatedParameters = 'g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/**
 * Who takes the aggregated form gets it, however much they would like another, as kube-apiserver has it; else the first
 * acceptable clause decides. apidiscovery.k8s.io/v2beta1 is gone, as it is from Kubernetes 1.37: who accepts
 * nothing else gets 406, who accepts JSON as well the legacy form.
 * @throws StatusError 406
 */
export function negotiateDiscovery(accept: string | undefined): DiscoveryForm {
  if (accept === undefined || accept === '') return { mediaType: 'application/json', aggregated: false };
  const clauses = parseAccept(accept);
  for (const aggregated of [true, false]) {
    for (const clause of clauses) {
      const mediaType = mediaTypeOf(clause);
      const isAsked = aggregated ? asksForAggregated(clause) : asksForNoKind(clause);
      if (mediaType && isAsked) return { mediaType, aggregated };
    }
  }
  throw notAcceptable([...mediaTypes, `application/json;${aggregatedParameters}`]);
}

function asksForAggregated({ parameters }: AcceptClause): boolean {
  return (
    parameters.get('as') === 'APIGroupDiscoveryList' &&
    parameters.get('g') === 'apidiscovery.k8s.io' &&
    parameters.get('v') === 'v2'
  );
}
