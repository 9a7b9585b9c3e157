/** Certificates and keys as they are read. Reading takes node:crypto only; making them is certificates.ts. */
import { createPrivateKey, X509Certificate } from 'node:crypto';

export interface KeyPair {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The certificates of a PEM text, in its order; what lies between them is passed over.
 * @throws Error where one of them cannot be read
 */
export function parseCertificates(text: string): X509Certificate[] {
  return (text.match(block) ?? []).map((one) => new X509Certificate(one));
}

/** @throws Error where the key cannot be read: no PEM, encrypted, of an unknown kind */
export function fits(certificate: X509Certificate, key: string): boolean {
  return certificate.checkPrivateKey(createPrivateKey(key));
}

export function issuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

/** When it is valid, in milliseconds since 1970. */
export function validity(certificate: X509Certificate): { from: number; to: number } {
  return { from: Date.parse(certificate.validFrom), to: Date.parse(certificate.validTo) };
}
