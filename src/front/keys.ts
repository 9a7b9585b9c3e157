/**
 * Keys with which pages of a playground speak for its users, and tickets with which a browser opens services. A key is
 * sent in a header only, never in a cookie: cookies of 127.0.0.1 go to every server of this machine, whatever its port.
 */
import { hash, randomBytes } from 'node:crypto';
import type { Authenticator } from '../auth/contract.ts';
import type { UserInfo } from '../meta/user.ts';

/** The name of the cookie with a ticket. */
export const ticketCookie = '__Secure-kubedirector';

/** Keys and tickets; all end with the process. */
export interface PageKeys {
  readonly authenticator: Authenticator;
  /** A new key for this user, as base64url. */
  issue(user: UserInfo): string;
  /** What a cookie holds for whoever sent this Authorization header; undefined if that has no key. */
  ticketFor(authorization: string | undefined): string | undefined;
  /** The Authorization header that a Cookie header stands for; undefined if it holds no ticket. */
  authorizationOf(cookies: string | undefined): string | undefined;
}

const digest = (text: string): string => hash('sha256', text, 'hex');
const random = (): string => randomBytes(32).toString('base64url');

/** None is issued yet. */
export function createPageKeys(): PageKeys {
  const users = new Map<string, UserInfo>();
  const [tickets, authorizations] = [new Map<string, string>(), new Map<string, string>()];
  // Looked up by digest: how long that takes says nothing about the key.
  const userOf = (authorization: string | undefined): UserInfo | undefined => {
    const [scheme, key] = (authorization ?? '').split(' ', 2);
    return scheme?.toLowerCase() === 'bearer' && key !== undefined ? users.get(digest(key)) : undefined;
  };
  return {
    authenticator: { authenticate: ({ headers }) => userOf(headers.authorization) },
    issue(user) {
      const key = random();
      users.set(digest(key), user);
      return key;
    },
    ticketFor(authorization) {
      if (authorization === undefined || userOf(authorization) === undefined) return undefined;
      const known = tickets.get(digest(authorization));
      if (known !== undefined) return known;
      const ticket = random();
      tickets.set(digest(authorization), ticket);
      authorizations.set(digest(ticket), authorization);
      return ticket;
    },
    authorizationOf(cookies = '') {
      for (const one of cookies.split(';')) {
        const [name, value] = one.trim().split('=', 2);
        if (name !== ticketCookie || value === undefined) continue;
        const found = authorizations.get(digest(value));
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}
