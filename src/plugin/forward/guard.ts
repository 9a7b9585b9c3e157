/**
 * Who may use a port of this machine. Pages of others can make the browser send requests to it (CSRF), also under a name
 * that leads here (DNS rebinding); other users of the machine can connect to it.
 */
import { hash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** An answer of the guard's own. */
interface Refusal {
  readonly status: number;
  readonly text: string;
}

/**
 * What is wrong with where a request comes from; undefined where it is this port's own page, or no page at all.
 * @param hosts names with ports under which the port is served
 */
export function foreign({ headers }: IncomingMessage, hosts: readonly string[]): Refusal | undefined {
  const host = (headers.host ?? '').toLowerCase();
  if (!hosts.includes(host)) return { status: 421, text: `This port is ${hosts.join(' or ')} only.` };
  const { origin, 'sec-fetch-site': site } = headers;
  const isOwn = origin === undefined || origin === `http://${host}`;
  // Pages of other ports of the same name are of the same site, but of another origin.
  if (isOwn && (site === undefined || site === 'same-origin' || site === 'none')) return undefined;
  return { status: 403, text: 'Pages of others cannot use this port. Open its address in a tab of its own.' };
}

/** Secrets that open a port. */
export interface Secrets {
  /** Opens for as long as the port is there. */
  readonly lasting: string;
  /** A new one that opens once: other users of the machine can see the arguments with which a browser is started. */
  once(): string;
  /** Whether it is one of them; one that opens once is spent. */
  open(secret: string): boolean;
  /** Whether it is the lasting one. */
  isLasting(secret: string | undefined): boolean;
}

// Looked up by digest: how long that takes says nothing about the secret.
const digest = (text: string): string => hash('sha256', text, 'hex');
const random = (): string => randomBytes(32).toString('base64url');

/** New random secrets of 256 bits, as base64url. */
export function createSecrets(): Secrets {
  const lasting = random();
  const known = digest(lasting);
  const once = new Set<string>();
  const isLasting = (secret: string | undefined): boolean => secret !== undefined && digest(secret) === known;
  return {
    lasting,
    isLasting,
    once() {
      const secret = random();
      once.add(digest(secret));
      return secret;
    },
    open: (secret) => isLasting(secret) || once.delete(digest(secret)),
  };
}
