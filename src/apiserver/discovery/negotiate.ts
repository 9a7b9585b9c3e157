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
 * The form of a discovery answer. As in kube-apiserver, a client that accepts the aggregated form gets it, whatever it
 * prefers; else the first acceptable clause decides. apidiscovery.k8s.io/v2beta1 is not supported, as in Kubernetes
 * from 1.37: a client that accepts only it gets 406; one that also accepts JSON gets the legacy form.
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
