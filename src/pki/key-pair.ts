/** Reads certificates and keys, with node:crypto alone. certificates.ts makes them. */
import { createPrivateKey, sign, verify, X509Certificate } from 'node:crypto';

/** A certificate with its private key. */
export interface KeyPair {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The certificates of a PEM text, in its order. Text between them is ignored.
 * @throws Error where one of them cannot be read
 */
export function parseCertificates(text: string): X509Certificate[] {
  return (text.match(block) ?? []).map((one) => new X509Certificate(one));
}

/** Whether the key belongs to the certificate. @throws Error where it cannot be read: no PEM, encrypted, unknown kind */
export function fits(certificate: X509Certificate, key: string): boolean {
  return certificate.checkPrivateKey(createPrivateKey(key));
}

/** Whether the authority is named as the issuer and its signature is right. Dates are not looked at. */
export function issuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

/** When it is valid, in milliseconds since 1970. */
export function validity(certificate: X509Certificate): { from: number; to: number } {
  return { from: Date.parse(certificate.validFrom), to: Date.parse(certificate.validTo) };
}

const probe = Buffer.from('is this the key of this certificate?');

/**
 * Whether the certificate verifies what the key signs. This finds more than `fits`, which compares only the public half
 * in the key file: a flipped bit in the private half would go unnoticed.
 * @throws Error where the key cannot be read
 */
export function signsFor(certificate: X509Certificate, key: string): boolean {
  const privateKey = createPrivateKey(key);
  const digest = privateKey.asymmetricKeyType?.startsWith('ed') === true ? null : 'sha256';
  return verify(digest, probe, certificate.publicKey, sign(digest, probe, privateKey));
}
