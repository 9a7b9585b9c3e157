/** Certificates and keys as they are read. Reading takes node:crypto only; making them is certificates.ts. */
import { createPrivateKey, sign, verify, X509Certificate } from 'node:crypto';

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

const probe = Buffer.from('is this the key of this certificate?');

/**
 * Whether what the key signs is verified by the certificate. More than `fits`, which compares the public half that a key
 * file holds beside the private one: a flipped bit may be in either.
 * @throws Error where the key cannot be read
 */
export function signsFor(certificate: X509Certificate, key: string): boolean {
  const privateKey = createPrivateKey(key);
  const digest = privateKey.asymmetricKeyType?.startsWith('ed') === true ? null : 'sha256';
  return verify(digest, probe, certificate.publicKey, sign(digest, probe, privateKey));
}
