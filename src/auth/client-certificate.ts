/** Users by client certificate: CN is the name, O the groups. Source: Kubernetes' X.509 client certificates. */
import type { PeerCertificate } from 'node:tls';
import { unauthorized } from '../meta/status.ts';
import type { UserInfo } from '../meta/user.ts';
import type { Clock } from '../runtime/clock.ts';
import { commonName, createCertificateVerifier, organizations, parseAuthorities } from './certificate-verifier.ts';
import type { Authenticator } from './contract.ts';

interface ClientCertificateAuthenticator extends Authenticator {
  /**
   * From now on these CAs count (PEM, several in a row allowed), or none; what earlier ones signed is looked at again.
   * @throws Error where the authorities are no PEM certificates; the old ones stay
   */
  update(authorities: string | undefined): void;
}

/**
 * A certificate that no CA here vouches for is not of this authenticator's kind (another may know it); one that a CA
 * vouches for, but that is out of date, or not for clients, is refused.
 * @throws Error where the authorities are no PEM certificates
 */
export function createClientCertificateAuthenticator(options: {
  /** PEM; absent: until update is called no certificate is known. */
  authorities?: string;
  clock: Clock;
}): ClientCertificateAuthenticator {
  const verifier = createCertificateVerifier(options.clock, userOf);
  const update: ClientCertificateAuthenticator['update'] = (authorities) => {
    verifier.update(authorities === undefined ? [] : parseAuthorities(authorities));
  };
  update(options.authorities);
  return {
    update,
    authenticate({ peerCertificate }) {
      if (peerCertificate === undefined) return undefined;
      const verification = verifier.verify(peerCertificate);
      if ('trusted' in verification) return verification.trusted;
      if (verification.refused === 'foreign') return undefined;
      throw unauthorized();
    },
  };
}

function userOf(peer: PeerCertificate): UserInfo | undefined {
  const name = commonName(peer);
  return name === '' ? undefined : { name, groups: organizations(peer) };
}
