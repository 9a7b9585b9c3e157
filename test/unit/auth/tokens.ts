/** A cluster that signs service account tokens. */
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import type { ServiceAccountIssuer, ServiceAccountIssuerSource } from '../../../src/clients/contract.ts';

export const issuerName = 'https://kubernetes.default.svc.cluster.local';

export interface SigningKey {
  readonly id: string;
  readonly publicKey: JWK;
  readonly privateKey: CryptoKey;
}

export async function createSigningKey(id: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { id, privateKey, publicKey: { ...(await exportJWK(publicKey)), kid: id, alg: 'RS256', use: 'sig' } };
}

/** Says what it is told to say, and counts how often it was asked. */
export class Issuer implements ServiceAccountIssuerSource {
  asked = 0;
  #answer: () => Promise<ServiceAccountIssuer>;

  constructor(...keys: SigningKey[]) {
    this.#answer = () => answerOf(keys, issuerName);
  }

  publish(keys: SigningKey[], issuer = issuerName): void {
    this.#answer = () => answerOf(keys, issuer);
  }

  fail(): void {
    this.#answer = () => Promise.reject(new Error('no discovery'));
  }

  read(): Promise<ServiceAccountIssuer> {
    this.asked++;
    return this.#answer();
  }
}

function answerOf(keys: SigningKey[], issuer: string): Promise<ServiceAccountIssuer> {
  return Promise.resolve({ issuer, keys: { keys: keys.map(({ publicKey }) => ({ ...publicKey })) } });
}

/** In date for an hour around `now`, unless the claims say otherwise; times are seconds since 1970. */
export function signToken(key: SigningKey, now: Date, claims: JWTPayload = {}, kid = key.id): Promise<string> {
  const seconds = Math.floor(now.getTime() / 1000);
  const usual = {
    iss: issuerName,
    aud: ['api'],
    sub: 'system:serviceaccount:ns:sa',
    nbf: seconds,
    exp: seconds + 3600,
  };
  return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: 'RS256', kid }).sign(key.privateKey);
}
