/** How many CAs may stand below a CA (basicConstraints). Node.js checks this field but does not expose it. */
import type { X509Certificate } from 'node:crypto';

const boolean = 0x01;
const integer = 0x02;
const octetString = 0x04;
const objectIdentifier = 0x06;
/** [3] of a TBSCertificate: its extensions. */
const extensions = 0xa3;
/** 2.5.29.19 */
const basicConstraints = '551d13';

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

/**
 * The pathLenConstraint of a certificate, as a number of CAs between it and the leaf; undefined where it sets none.
 * Source: RFC 5280, section 4.2.1.9
 * @throws Error where it cannot be read
 */
export function pathLength(certificate: X509Certificate): number | undefined {
  const [whole] = elements(certificate.raw);
  const [signed] = elements(whole?.content);
  const list = elements(signed?.content).find(({ tag }) => tag === extensions);
  const [all] = elements(list?.content);
  for (const extension of elements(all?.content)) {
    const parts = elements(extension.content);
    const id = parts.find(({ tag }) => tag === objectIdentifier)?.content.toString('hex');
    const value = parts.find(({ tag }) => tag === octetString)?.content;
    if (id !== basicConstraints) continue;
    const [constraints] = elements(value);
    const [first, second] = elements(constraints?.content);
    const length = first?.tag === boolean ? second : first;
    // readUIntBE reads six bytes at most. A longer number is so large that it limits nothing.
    if (length?.tag !== integer || length.content.length > 6) return undefined;
    return length.content.readUIntBE(0, length.content.length);
  }
  return undefined;
}

/** The DER elements (ITU-T X.690) in these bytes, in order. Tags must have one byte; lengths must be definite. */
function elements(bytes: Buffer | undefined): Element[] {
  const found: Element[] = [];
  let at = 0;
  while (bytes !== undefined && at < bytes.length) {
    const tag = bytes.readUInt8(at);
    const short = bytes.readUInt8(at + 1);
    const size = short < 0x80 ? 0 : short - 0x80;
    if (size > 4) throw new Error('the certificate cannot be read: a length is too long');
    const length = size === 0 ? short : bytes.readUIntBE(at + 2, size);
    const begin = at + 2 + size;
    if (tag === 0 || begin + length > bytes.length) throw new Error('the certificate cannot be read: it is cut off');
    found.push({ tag, content: bytes.subarray(begin, begin + length) });
    at = begin + length;
  }
  return found;
}
