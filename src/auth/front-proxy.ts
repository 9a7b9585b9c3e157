/**
 * Users by what a front proxy (kube-apiserver's aggregation layer) says of them in headers, believed only of who shows
 * a certificate of the front proxy. Source: https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/
 */
import type { UserInfo } from '../meta/user.ts';
import type { Clock } from '../runtime/clock.ts';
import type { RequestHeaderConfig } from './authentication-config.ts';
import { commonName, createCertificateVerifier, parseAuthorities } from './certificate-verifier.ts';
import type { Authenticator } from './contract.ts';
import { createIdentityHeaders, type IdentityHeaders } from './front-proxy-headers.ts';

/** An authenticator whose trust in the front proxy can change while it runs. */
export interface FrontProxyAuthenticator extends Authenticator {
  /**
   * Uses this from now on, for open connections too; undefined: there is no front proxy.
   * @throws Error where its authorities are no PEM certificates; the former configuration stays
   */
  update(config: RequestHeaderConfig | undefined): void;
}

/** How many users are kept, so that requests with the same headers get the same object. */
const maxUsers = 1_024;
/** Characters of headers; a user with more is parsed for each request. */
const maxKeptHeaders = 8_192;

/**
 * Knows nobody until it is configured. A certificate that is not, or no longer, the front proxy's is not of this kind:
 * its holder may be a client, and the headers are then nothing but headers.
 */
export function createFrontProxyAuthenticator(clock: Clock): FrontProxyAuthenticator {
  let allowed = new Set<string>();
  let headers: IdentityHeaders | undefined;
  let users = new Map<string, UserInfo>();
  const verifier = createCertificateVerifier(clock, (peer) => {
    const name = commonName(peer);
    return allowed.size === 0 || allowed.has(name) ? name : undefined;
  });
  return {
    update(config) {
      const authorities = config === undefined ? [] : parseAuthorities(config.authorities);
      allowed = new Set(config?.allowedNames);
      headers = config === undefined ? undefined : createIdentityHeaders(config);
      users = new Map();
      verifier.update(authorities);
    },
    authenticate({ peerCertificate, rawHeaders, onFrontProxy }) {
      if (peerCertificate === undefined || headers === undefined) return undefined;
      if ('refused' in verifier.verify(peerCertificate)) return undefined;
      const selected = headers.select(rawHeaders);
      const known = users.get(selected);
      const user = known ?? headers.parse(selected);
      if (user === undefined) return undefined;
      onFrontProxy?.();
      if (known === undefined && selected.length <= maxKeptHeaders) keep(users, selected, user);
      return user;
    },
  };
}

function keep(users: Map<string, UserInfo>, selected: string, user: UserInfo): void {
  const [oldest] = users.size < maxUsers ? [] : users.keys();
  if (oldest !== undefined) users.delete(oldest);
  users.set(selected, user);
}
