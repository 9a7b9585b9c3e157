/** Who is it, and may they? Engines: client certificates, front proxy, tokens; masters, SubjectAccessReview. */
import type { PeerCertificate } from 'node:tls';
import type { IncomingHttpHeaders } from 'node:http';
import type { AccessRequest } from '../clients/contract.ts';
import type { UserInfo } from '../meta/user.ts';

/** What of a connection and request speaks of its maker. */
export interface Credentials {
  readonly headers: IncomingHttpHeaders;
  /** As sent by the client; not yet checked against any CA. */
  readonly peerCertificate?: PeerCertificate;
}

export interface Authenticator {
  /**
   * The user; undefined where these credentials are not of this authenticator's kind.
   * @throws StatusError 401 where they are, and are wrong
   */
  authenticate(credentials: Credentials): Promise<UserInfo | undefined> | UserInfo | undefined;
}

export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

export interface Authorizer {
  /** @throws StatusError 503 where nobody could be asked */
  authorize(request: AccessRequest): Promise<Decision> | Decision;
}
