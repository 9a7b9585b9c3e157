/** Entity tags of generated documents. Source: RFC 9110 sections 8.8.3 and 13.1.2. */
import { createHash } from 'node:crypto';

/** A hash of the content only, so that replicas and restarts agree; usable in URLs. */
export function hashOf(content: Buffer | string): string {
  return createHash('sha512').update(content).digest('hex').toUpperCase();
}

/** Whether If-None-Match contains this hash: the client already has the document. */
export function hasCurrent(ifNoneMatch: string | undefined, hash: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(`"${hash}"`);
}
