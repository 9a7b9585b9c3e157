/** How answers pass kube-apiserver's aggregation layer as they are. */
import type { Request } from '../exchange.ts';

/** Whether an aggregator sends the request: it says for whom. */
export const isAggregated = ({ headers }: Pick<Request, 'headers'>): boolean => headers['x-remote-user'] !== undefined;

/**
 * The Content-Type under which an answer is passed on unread. kube-apiserver reads answers of the type "text/html" as a whole, and
 * makes links that begin with "/" lead to this server's address in the cluster. It compares the type as it is spelled; to
 * everybody else, types are the same in upper case (RFC 9110, section 8.3.1). Source: RoundTrip in
 * k8s.io/apimachinery/pkg/util/proxy/transport.go
 */
export const unreadType = (type: string): string => type.replace(/^\s*text\/html/, 'text/HTML');
