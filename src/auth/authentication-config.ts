/**
 * What a cluster tells its extension API servers about whom to trust: ConfigMap
 * kube-system/extension-apiserver-authentication, written by kube-apiserver.
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/
 */
import { parseAuthorities } from './certificate-verifier.ts';

/** Of the front proxy, which says in headers who makes a request. */
export interface RequestHeaderConfig {
  /** PEM: the CAs of the front proxy's certificate. */
  readonly authorities: string;
  /** The common names that its certificate may have; empty: any. */
  readonly allowedNames: readonly string[];
  /** Header names, in lower case; of several for the name or uid the first that is set counts. */
  readonly usernameHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraHeaderPrefixes: readonly string[];
}

/** Certificates of a kind that is absent are not trusted. */
export interface AuthenticationConfig {
  /** PEM: the CAs of the certificates of clients. */
  readonly clientAuthorities?: string;
  readonly requestHeader?: RequestHeaderConfig;
}

/**
 * @param data the ConfigMap's
 * @throws Error where a value is not what it has to be: a list that is no JSON list of strings, a bundle without
 *         certificates
 */
export function parseAuthenticationConfig(data: Readonly<Record<string, string>>): AuthenticationConfig {
  const clientAuthorities = bundle(data, 'client-ca-file');
  const authorities = bundle(data, 'requestheader-client-ca-file');
  const headers = {
    allowedNames: strings(data, 'requestheader-allowed-names'),
    usernameHeaders: headerNames(data, 'requestheader-username-headers'),
    uidHeaders: headerNames(data, 'requestheader-uid-headers'),
    groupHeaders: headerNames(data, 'requestheader-group-headers'),
    extraHeaderPrefixes: headerNames(data, 'requestheader-extra-headers-prefix'),
  };
  return {
    ...(clientAuthorities === undefined ? {} : { clientAuthorities }),
    ...(authorities === undefined ? {} : { requestHeader: { authorities, ...headers } }),
  };
}

type Data = Readonly<Record<string, string>>;

function bundle(data: Data, key: string): string | undefined {
  const pem = data[key];
  if (pem === undefined || pem === '') return undefined;
  try {
    parseAuthorities(pem);
  } catch (cause) {
    throw new Error(`${key}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  return pem;
}

function headerNames(data: Data, key: string): string[] {
  return strings(data, key).map((name) => {
    const trimmed = name.trim().toLowerCase();
    if (trimmed === '') throw new Error(`${key}: an empty header name`);
    return trimmed;
  });
}

function strings(data: Data, key: string): string[] {
  const text = data[key];
  if (text === undefined || text === '') return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${key}: not JSON`, { cause });
  }
  // As in Go, null is an empty list.
  if (value === null) return [];
  if (!Array.isArray(value)) throw new Error(`${key}: not a list`);
  return value.map((one: unknown) => {
    if (typeof one !== 'string') throw new Error(`${key}: holds something that is not a string`);
    return one;
  });
}
