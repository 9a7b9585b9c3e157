import { X509Certificate } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { PeerCertificate } from 'node:tls';
import type { Credentials } from '../../../src/auth/contract.ts';
import { systemClock, type Clock } from '../../../src/runtime/clock.ts';
import type { Pair } from '../../support/certificates.ts';

/** As Node hands it out: the leaf, with its issuers behind it. */
export function peer(...chain: Pair[]): PeerCertificate {
  const [first, ...rest] = chain.map(({ cert }) => new X509Certificate(cert).toLegacyObject());
  let last = first as PeerCertificate & { issuerCertificate?: PeerCertificate };
  for (const next of rest) last = last.issuerCertificate = next as typeof last;
  return first as PeerCertificate;
}

export const at = (date: Date): Clock => ({ ...systemClock, now: () => date });

/** Lines are [name, value]; as from a socket, each character of a value is a byte. */
export function credentials(peerCertificate?: PeerCertificate, lines: [string, string][] = []): Credentials {
  const headers: IncomingHttpHeaders = {};
  for (const [name, value] of lines) {
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? value : `${String(headers[key])}, ${value}`;
  }
  return { headers, rawHeaders: lines.flat(), ...(peerCertificate === undefined ? {} : { peerCertificate }) };
}

export const bearer = (token: string): Credentials => credentials(undefined, [['Authorization', `Bearer ${token}`]]);
