/** What can be found out about a service account token without asking kube-apiserver. */
import { decodeJwt, errors, jwtVerify } from 'jose';
import type { ServiceAccountIssuerSource } from '../clients/contract.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { createIssuerKeys, type KnownIssuer } from './issuer-keys.ts';

/**
 * `good`: the issuer signed it, for this API, and it is in date; whether its pod, secret and service account are still
 * there is another matter. `bad`: it claims to be of the issuer, and is not, or not for us, or not now. `unknown`:
 * somebody else's, no JWT, or signed with a key that is not published.
 */
type LocalVerdict = 'good' | 'bad' | 'unknown';

type ServiceAccountTokenCheck = (token: string) => Promise<LocalVerdict>;

interface ServiceAccountTokenOptions {
  readonly source: ServiceAccountIssuerSource;
  /** One of them must be in `aud`; absent: `aud` is not checked here. */
  readonly audiences?: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The algorithms that a kube-apiserver may sign with; only public keys are used. Source:
 * k8s.io/kubernetes/pkg/serviceaccount
 */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'];
/** Seconds by which clocks may differ. kube-apiserver still checks the token by its own clock. */
const clockTolerance = 10;
/** The errors that are about the token; all others are about keys. */
const faults = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
];

/** Keys are read again when a token names an unknown one. */
export function createServiceAccountTokenCheck(options: ServiceAccountTokenOptions): ServiceAccountTokenCheck {
  const keys = createIssuerKeys(options.source, options);
  return async (token) => {
    const claimed = claims(token).iss;
    if (claimed === undefined) return 'unknown';
    const issuer = await keys.current();
    if (issuer?.name !== claimed) return 'unknown';
    const verdict = await verify(token, issuer, options);
    if (verdict !== 'no key') return verdict;
    const renewed = await keys.renewed();
    if (renewed === undefined || renewed === issuer || renewed.name !== claimed) return 'unknown';
    const second = await verify(token, renewed, options);
    return second === 'no key' ? 'unknown' : second;
  };
}

async function verify(
  token: string,
  issuer: KnownIssuer,
  { audiences, clock }: ServiceAccountTokenOptions,
): Promise<LocalVerdict | 'no key'> {
  try {
    await jwtVerify(token, issuer.keys, {
      issuer: issuer.name,
      ...(audiences === undefined ? {} : { audience: [...audiences] }),
      ...{ algorithms, clockTolerance, currentDate: clock.now() },
    });
    return 'good';
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return 'no key';
    return faults.some((fault) => error instanceof fault) ? 'bad' : 'unknown';
  }
}

/** Nothing of it is verified; empty where it is no JWT. `exp`: seconds since 1970. */
export function claims(token: string): { iss?: string; exp?: number } {
  try {
    const { iss, exp } = decodeJwt(token) as { iss?: unknown; exp?: unknown };
    return { ...(typeof iss === 'string' ? { iss } : {}), ...(typeof exp === 'number' ? { exp } : {}) };
  } catch {
    return {};
  }
}
