/** The chains from a certificate to a CA. */
import { X509Certificate } from 'node:crypto';
import { pathLength } from '../pki/path-length.ts';
import type { DetailedPeerCertificate, PeerCertificate } from 'node:tls';

type Chain = readonly X509Certificate[];

const maxLength = 8;
/** How much an unknown client may make this server compute. Source: Go's crypto/x509. */
const maxSignatureChecks = 100;

/** The client's certificate, and the certificates that it sent with it. */
export function sentChain(peer: PeerCertificate): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next: Partial<DetailedPeerCertificate> | undefined = peer;
  while (next?.raw !== undefined && chain.length < maxLength) {
    chain.push(new X509Certificate(next.raw));
    const issuer: Partial<DetailedPeerCertificate> | undefined = next.issuerCertificate;
    next = issuer === next ? undefined : issuer;
  }
  return chain;
}

/**
 * All ways from the first of `sent` to one of the authorities, each certificate signed by the next. There are several
 * where a CA was renewed with its old key, or signed by two others: their dates differ. No CA has more CAs below it than
 * it allows.
 */
export function chainsToAuthority(sent: Chain, authorities: Chain): Chain[] {
  const [leaf, ...intermediates] = sent;
  if (leaf === undefined) return [];
  let checks = 0;
  const isIssuer = (issuer: X509Certificate, child: X509Certificate): boolean =>
    child.checkIssued(issuer) && ++checks <= maxSignatureChecks && child.verify(issuer.publicKey);
  function extend(chain: Chain, last: X509Certificate): Chain[] {
    const allows = (authority: X509Certificate): boolean => chain.length - 1 <= (pathLength(authority) ?? Infinity);
    const found = authorities
      .filter((one) => allows(one) && isIssuer(one, last))
      .map((authority) => [...chain, authority]);
    if (chain.length >= maxLength) return found;
    const next = intermediates.filter((one) => one.ca && !chain.includes(one) && allows(one) && isIssuer(one, last));
    return [...found, ...next.flatMap((one) => extend([...chain, one], one))];
  }
  return extend([leaf], leaf);
}
