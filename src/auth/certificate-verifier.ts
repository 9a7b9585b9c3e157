/** Whether a CA has issued a client's certificate. Signatures are checked once for each connection, dates always. */
import type { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import { parseCertificates } from '../pki/key-pair.ts';
import type { Clock } from '../runtime/clock.ts';
import { chainsToAuthority, sentChain } from './certificate-chain.ts';

/** `foreign`: it was issued by none of these CAs, or says nothing of use. */
type Refused = 'foreign' | 'not for clients' | 'out of date';

type Verification<T> = { readonly trusted: T } | { readonly refused: Refused };

interface CertificateVerifier<T> {
  /** From now on these CAs count; what was looked at before is looked at again. */
  update(authorities: readonly X509Certificate[]): void;
  verify(peer: PeerCertificate): Verification<T>;
}

interface Looked<T> {
  readonly verification: Verification<T>;
  /** When it is valid, by each chain, in milliseconds since 1970. */
  readonly windows: readonly { readonly from: number; readonly until: number }[];
}

const clientAuth = '1.3.6.1.5.5.7.3.2';
const anyPurpose = '2.5.29.37.0';
const foreign = { refused: 'foreign' } as const;
const notForClients = { refused: 'not for clients' } as const;
const outOfDate = { refused: 'out of date' } as const;

/**
 * Trusts no certificate until it gets CAs.
 * @param describe what a certificate that a CA vouches for says; undefined makes it a foreign one. Kept with the
 *        connection
 */
export function createCertificateVerifier<T>(
  clock: Clock,
  describe: (peer: PeerCertificate) => T | undefined,
): CertificateVerifier<T> {
  let authorities: readonly X509Certificate[] = [];
  // Keyed by the certificate object; each connection has one.
  let known = new WeakMap<PeerCertificate, Looked<T>>();
  function look(peer: PeerCertificate): Looked<T> {
    const chains = chainsToAuthority(sentChain(peer), authorities);
    const trusted = chains.length === 0 ? undefined : describe(peer);
    if (trusted === undefined) return { verification: foreign, windows: [] };
    const forClients = chains.filter((chain) => chain.every(isForClients));
    if (forClients.length === 0) return { verification: notForClients, windows: [] };
    return { verification: { trusted }, windows: forClients.map(windowOf) };
  }
  return {
    update(next) {
      authorities = next;
      known = new WeakMap();
    },
    verify(peer) {
      let looked = known.get(peer);
      if (looked === undefined) known.set(peer, (looked = look(peer)));
      const { verification, windows } = looked;
      if ('refused' in verification) return verification;
      const now = clock.now().getTime();
      return windows.some(({ from, until }) => now >= from && now <= until) ? verification : outOfDate;
    },
  };
}

/** `keyUsage` is the extended one; without that extension a certificate is good for everything. */
function isForClients(certificate: X509Certificate): boolean {
  const purposes = certificate.keyUsage as string[] | undefined;
  return purposes === undefined || purposes.includes(clientAuth) || purposes.includes(anyPurpose);
}

function windowOf(chain: readonly X509Certificate[]): { from: number; until: number } {
  return {
    from: Math.max(...chain.map((one) => Date.parse(one.validFrom))),
    until: Math.min(...chain.map((one) => Date.parse(one.validTo))),
  };
}

/**
 * @param pem several in a row allowed
 * @throws Error where there is none in it, or one that cannot be read
 */
export function parseAuthorities(pem: string): X509Certificate[] {
  let found: X509Certificate[];
  try {
    found = parseCertificates(pem);
  } catch (cause) {
    throw new Error('the CA bundle holds a certificate that cannot be read', { cause });
  }
  if (found.length === 0) throw new Error('the CA bundle holds no certificate');
  return found;
}

/** The last one where a subject holds several, as Go takes it; '' where it holds none. */
export function commonName(peer: PeerCertificate): string {
  const name = subjectOf(peer).CN;
  return (Array.isArray(name) ? name.at(-1) : name) ?? '';
}

/** The organizations (O) of the certificate's subject, in order; Kubernetes takes them as groups. */
export function organizations(peer: PeerCertificate): string[] {
  const value = subjectOf(peer).O;
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

interface Subject {
  readonly CN?: string | string[];
  readonly O?: string | string[];
}

/** Node leaves an empty subject out. */
function subjectOf({ subject }: { subject?: Subject }): Subject {
  return subject ?? {};
}
