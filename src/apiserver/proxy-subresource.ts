/** The contract of subresources that connect to a server behind the object (services/proxy). */
import type { Duplex } from 'node:stream';
import type { NamespacedName } from '../meta/object.ts';
import type { UserInfo } from '../meta/user.ts';

/** A server that requests are passed on to. Nothing of it can be chosen by who sends the request. */
export interface ProxyTarget {
  /** How it is named in messages: 'member "spark-0", port 8080'. */
  readonly title: string;
  readonly scheme: 'http' | 'https';
  /** The same for the same server, and for no other one: connections may be used again. */
  readonly server: string;
  /** The Host header: name and port. */
  readonly host: string;
  /** Where its pages begin: "/", "/lab". A request without a path is redirected there. */
  readonly home: string;
  /** The Authorization header for this user; absent: none. */
  readonly authorization?: string;
  /** Opens a connection. @throws StatusError 503 if nobody answers */
  open(signal: AbortSignal): Promise<Duplex>;
}

/**
 * A subresource that passes requests on, with every method and path. Source:
 * k8s.io/kubernetes/pkg/registry/core/service/proxy
 */
export interface ProxySubresource {
  readonly type: 'proxy';
  /**
   * Finds the server.
   * @throws StatusError 404 if there is no such object, 400 if its server cannot be reached over HTTP, 503 if it is not
   *         ready
   */
  connect(context: { readonly user: UserInfo }, target: NamespacedName): Promise<ProxyTarget>;
}

/** The verbs that the HTTP methods become. */
export const proxyVerbs = ['create', 'delete', 'get', 'patch', 'update'] as const;
