/**
 * The issuer of service account tokens as kube-apiserver itself tells it. Its `jwks_uri` is not followed: it may name
 * an address that is not to be reached from here, and these are the same keys.
 * Source: https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery
 */
import { isJsonObject } from '../../meta/json.ts';
import type { ServiceAccountIssuerSource } from '../contract.ts';
import type { ApiTransport } from './transport.ts';

const configurationPath = '/.well-known/openid-configuration';
const keysPath = '/openid/v1/jwks';
const timeoutMs = 10_000;

/** Asks kube-apiserver each time; nothing is kept. */
export function createServiceAccountIssuerSource(transport: ApiTransport): ServiceAccountIssuerSource {
  const get = (path: string): Promise<unknown> => transport.request<unknown>({ method: 'GET', path, timeoutMs });
  return {
    async read() {
      const [configuration, keys] = await Promise.all([get(configurationPath), get(keysPath)]).catch(
        (error: unknown) => {
          throw new Error('the issuer of service account tokens cannot be had', { cause: error });
        },
      );
      return { issuer: issuerOf(configuration), keys: { keys: keysOf(keys) } };
    },
  };
}

function issuerOf(configuration: unknown): string {
  const issuer = isJsonObject(configuration) ? configuration['issuer'] : undefined;
  if (typeof issuer === 'string' && issuer !== '') return issuer;
  throw new Error(`${configurationPath} names no issuer`);
}

function keysOf(document: unknown): Record<string, unknown>[] {
  const keys: unknown = isJsonObject(document) ? document['keys'] : undefined;
  if (Array.isArray(keys) && keys.length > 0 && keys.every(isJsonObject)) return keys;
  throw new Error(`${keysPath} holds no keys`);
}
