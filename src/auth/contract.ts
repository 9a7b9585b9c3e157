/** Who is it, and may they? Implementations: client certificates, front proxy, tokens; masters, SubjectAccessReview. */
import type { PeerCertificate } from 'node:tls';
import type { IncomingHttpHeaders } from 'node:http';
import type { AccessRequest } from '../clients/contract.ts';
import type { UserInfo } from '../meta/user.ts';

/** The parts of a connection and request that say who makes it. */
export interface Credentials {
  readonly headers: IncomingHttpHeaders;
  /**
   * Name, value, name, value …, as they came: each line of its own, where `headers` joins lines of one name. Bytes
   * beyond ASCII are one character each.
   */
  readonly rawHeaders: readonly string[];
  /** As sent by the client; not yet checked against any CA. */
  readonly peerCertificate?: PeerCertificate;
  /** Called where a front proxy says who the user is. */
  readonly onFrontProxy?: () => void;
}

/** Finds out which user makes a request. */
export interface Authenticator {
  /**
   * The user; undefined where these credentials are not of this authenticator's kind. The same object for the same
   * user as often as possible: what is derived from it is kept with it.
   * @throws StatusError 401 if they are of this kind, but wrong; 503 if nobody could be asked
   */
  authenticate(credentials: Credentials): Promise<UserInfo | undefined> | UserInfo | undefined;
}

/** The answer of an authorizer. `reason` is for logs, the audit log, and the message of a refusal. */
export type Decision =
  | { readonly allowed: true; readonly reason?: string }
  | {
      readonly allowed: false;
      readonly reason: string;
      /** True if somebody said no; false if nobody said yes. */
      readonly denied?: boolean;
    };

/** Decides whether a user may make a request. */
export interface Authorizer {
  /** @throws StatusError 503 where nobody could be asked */
  authorize(request: AccessRequest): Promise<Decision> | Decision;
}
