/** Users by client certificate: CN is the name, O the groups. Source: Kubernetes' X.509 client certificates. */
import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, PeerCertificate } from 'node:tls';
import { unauthorized } from '../meta/status.ts';
import type { UserInfo } from '../meta/user.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Authenticator } from './contract.ts';

export interface ClientCertificateAuthenticator extends Authenticator {
  /** From now on these CAs count (PEM, several in a row allowed); what earlier ones signed is looked at again. */
  update(authorities: string): void;
}

const clientAuth = '1.3.6.1.5.5.7.3.2';
const anyPurpose = '2.5.29.37.0';
const maxChain = 8;

interface Verified {
  readonly user: UserInfo;
  /** Milliseconds since 1970: outside of them the certificate is void. */
  readonly from: number;
  readonly until: number;
}

/**
 * A certificate that no CA here vouches for is not of this authenticator's kind (another may know it); one that a CA
 * vouches for, but that is out of date, or not for clients, is refused.
 * @throws Error (here, and from update) where the authorities are no PEM certificates
 */
export function createClientCertificateAuthenticator(options: {
  authorities: string;
  clock: Clock;
}): ClientCertificateAuthenticator {
  const { clock } = options;
  let authorities = parseBundle(options.authorities);
  // By certificate object, of which a connection has one: signatures are checked once a connection.
  let known = new WeakMap<PeerCertificate, Verified | 'foreign' | 'not for clients'>();
  return {
    update(pem) {
      authorities = parseBundle(pem);
      known = new WeakMap();
    },
    authenticate({ peerCertificate }) {
      if (peerCertificate === undefined) return undefined;
      let verdict = known.get(peerCertificate);
      if (verdict === undefined) known.set(peerCertificate, (verdict = verify(peerCertificate, authorities)));
      if (verdict === 'foreign') return undefined;
      if (verdict === 'not for clients') throw unauthorized();
      const now = clock.now().getTime();
      if (now < verdict.from || now > verdict.until) throw unauthorized();
      return verdict.user;
    },
  };
}

/** @throws Error where there is none in it, or one that cannot be read */
function parseBundle(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (blocks === null) throw new Error('the client CA bundle holds no certificate');
  return blocks.map((block) => new X509Certificate(block));
}

function verify(
  peer: PeerCertificate,
  authorities: readonly X509Certificate[],
): Verified | 'foreign' | 'not for clients' {
  const sent = sentChain(peer);
  const [leaf] = sent;
  const name = peer.subject.CN;
  const userName = Array.isArray(name) ? name.at(-1) : name;
  if (leaf === undefined || userName === undefined || userName === '') return 'foreign';
  const chain = chainToAuthority(leaf, sent.slice(1), authorities);
  if (chain === undefined) return 'foreign';
  // `keyUsage` is the extended one; without that extension a certificate is good for everything.
  const purposes = leaf.keyUsage as string[] | undefined;
  if (purposes !== undefined && !purposes.includes(clientAuth) && !purposes.includes(anyPurpose)) {
    return 'not for clients';
  }
  return {
    user: { name: userName, groups: organizations(peer) },
    from: Math.max(...chain.map((one) => Date.parse(one.validFrom))),
    until: Math.min(...chain.map((one) => Date.parse(one.validTo))),
  };
}

function organizations(peer: PeerCertificate): string[] {
  const value = peer.subject.O;
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** The leaf, and what the client sent along with it. */
function sentChain(peer: PeerCertificate): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next: Partial<DetailedPeerCertificate> | undefined = peer;
  while (next?.raw !== undefined && chain.length < maxChain) {
    chain.push(new X509Certificate(next.raw));
    const issuer: Partial<DetailedPeerCertificate> | undefined = next.issuerCertificate;
    next = issuer === next ? undefined : issuer;
  }
  return chain;
}

/** From the leaf to one of the authorities, each signed by the next; undefined where there is no such chain. */
function chainToAuthority(
  leaf: X509Certificate,
  intermediates: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): X509Certificate[] | undefined {
  const chain = [leaf];
  for (let last: X509Certificate | undefined = leaf; last !== undefined && chain.length <= maxChain;) {
    const child: X509Certificate = last;
    const authority = authorities.find((one) => isIssuer(one, child));
    if (authority !== undefined) return [...chain, authority];
    last = intermediates.find((one) => one.ca && !chain.includes(one) && isIssuer(one, child));
    if (last !== undefined) chain.push(last);
  }
  return undefined;
}

function isIssuer(issuer: X509Certificate, child: X509Certificate): boolean {
  return child.checkIssued(issuer) && child.verify(issuer.publicKey);
}
