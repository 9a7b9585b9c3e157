/** Authorizers that ask no other server, and how several are combined. */
import type { AccessRequest } from '../clients/contract.ts';
import { mastersGroup } from '../meta/user.ts';
import type { Authenticator, Authorizer, Credentials } from './contract.ts';

const versionPaths = new Set(['/version', '/version/']);

/**
 * Health and version for every user, as the ClusterRole system:public-info-viewer lets them; the single checks
 * (/readyz/storage) as well. Everything else: the next one.
 */
export function publicInfoAuthorizer(next: Authorizer): Authorizer {
  return {
    authorize(request) {
      return isPublic(request) ? { allowed: true } : next.authorize(request);
    },
  };
}

function isPublic({ resource, path, verb }: AccessRequest): boolean {
  if (resource !== undefined || path === undefined || (verb !== 'get' && verb !== 'head')) return false;
  return versionPaths.has(path) || isHealthPath(path);
}

/** /healthz, /livez, /readyz with what is below them: all that callers without credentials are told. */
export function isHealthPath(path: string): boolean {
  return /^\/(healthz|livez|readyz)(\/|$)/.test(path);
}

/** system:masters may do everything; the next authorizer decides about all others. */
export function mastersAuthorizer(next: Authorizer = denyAll): Authorizer {
  return {
    authorize: (request) => (request.user.groups.includes(mastersGroup) ? { allowed: true } : next.authorize(request)),
  };
}

/** Allows nothing and gives no reason: the end of every chain of authorizers. */
export const denyAll: Authorizer = { authorize: () => ({ allowed: false, reason: '' }) };

/**
 * The first that knows the credentials decides; one that knows them and refuses them ends the search.
 * @throws StatusError 401 from that one
 */
export function unionAuthenticator(authenticators: readonly Authenticator[]): Authenticator {
  return {
    authenticate(credentials) {
      for (const [index, authenticator] of authenticators.entries()) {
        const user = authenticator.authenticate(credentials);
        if (user instanceof Promise) return restOf(user, authenticators.slice(index + 1), credentials);
        if (user !== undefined) return user;
      }
      return undefined;
    },
  };
}

async function restOf(
  first: ReturnType<Authenticator['authenticate']>,
  others: readonly Authenticator[],
  credentials: Credentials,
): Promise<Awaited<typeof first>> {
  return (await first) ?? (await unionAuthenticator(others).authenticate(credentials));
}
