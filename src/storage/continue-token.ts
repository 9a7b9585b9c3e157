import type { Revision } from './contract.ts';

/** Where a later page begins, and which state it shows. */
interface Token {
  readonly prefix: string;
  readonly revision: Revision;
  /** The last key of the page before. */
  readonly after: string;
}

/** The token's text, for a client to give back. */
export function encodeToken({ prefix, revision, after }: Token): string {
  return Buffer.from(JSON.stringify([prefix, revision, after])).toString('base64url');
}

/** @throws TypeError for a text that is none, or of another prefix */
export function decodeToken(text: string, prefix: string): Token {
  let fields: unknown;
  try {
    fields = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch (cause) {
    throw new TypeError('the continue token is malformed', { cause });
  }
  if (Array.isArray(fields) && fields[0] === prefix) {
    const [, revision, after] = fields as unknown[];
    if (Number.isSafeInteger(revision) && typeof after === 'string')
      return { prefix, revision: Number(revision), after };
  }
  throw new TypeError('the continue token is malformed, or of another prefix');
}
