/**
 * Continue tokens: opaque to clients, and of the same form as kube-apiserver's (k8s.io/apiserver/pkg/storage/continue.go):
 * base64 of {"v":"meta.k8s.io/v1","rv":<revision>,"start":<key>}. The key is relative to what the request lists.
 */
import { isJsonObject } from '../../meta/json.ts';
import { badRequest, StatusError } from '../../meta/status.ts';
import type { Revision } from '../../storage/contract.ts';

const version = 'meta.k8s.io/v1';
/** Appended to a key, it gives the smallest greater key: the list continues after the key. */
const keyEnd = '\u0000';

interface Continuation {
  /** Absent: the newest revision (the token of an expired list). */
  readonly revision: Revision | undefined;
  /** Relative to the listed prefix. */
  readonly startAfter: string;
}

/** The continue token of a page that ends with the key `startAfter`. */
export function encodeContinue({ revision, startAfter }: Continuation): string {
  const token = { v: version, rv: revision ?? -1, start: startAfter + keyEnd };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

/** Reads a continue token. @throws StatusError 400 if this server cannot have made it */
export function decodeContinue(text: string): Continuation {
  const refuse = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) throw refuse('illegal base64 data');
  const token = parse(Buffer.from(text, 'base64url').toString('utf8'));
  if (!isJsonObject(token)) throw refuse('not a JSON object');
  const { v, rv, start } = token;
  if (v !== version) throw refuse(`server does not recognize this encoded version ${String(v)}`);
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0) {
    throw refuse(`incorrect encoded start resourceVersion (version ${version})`);
  }
  if (typeof start !== 'string' || start === '') throw refuse(`encoded start key empty (version ${version})`);
  const key = (start.endsWith(keyEnd) ? start.slice(0, -1) : start).replace(/^\//, '');
  if (key.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')) throw refuse(start);
  return { revision: rv < 0 ? undefined : rv, startAfter: key };
}

/** A 410 for a list whose snapshot is gone; it carries a token that continues the list from newer data. */
export function continueExpired(startAfter: string): StatusError {
  const error = new StatusError(
    410,
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list ' +
      'without the continue parameter, or use the continue token in this response to retrieve the remainder of the ' +
      'results. Continuing with the provided token results in an inconsistent list - objects that were created, ' +
      'modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  );
  error.status.metadata = { continue: encodeContinue({ revision: undefined, startAfter }) };
  return error;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
