/** Which resources are encrypted, and how. Source: apiserver.config.k8s.io/v1 EncryptionConfiguration */

/** The contents of a file for --encryption-provider-config. */
export interface EncryptionConfiguration {
  readonly resources: readonly ResourceConfiguration[];
}

/** The first provider writes; all of them read. */
export interface ResourceConfiguration {
  /** "kubedirectorconfigs.kubedirector.hpe.com", "*.kubedirector.hpe.com", "*.*". */
  readonly resources: readonly string[];
  readonly providers: readonly ProviderConfiguration[];
}

/** Exactly one of the fields is set. */
export interface ProviderConfiguration {
  readonly aesgcm?: KeysConfiguration;
  readonly aescbc?: KeysConfiguration;
  readonly secretbox?: KeysConfiguration;
  /** Values as they are. */
  readonly identity?: object;
  readonly kms?: KmsConfiguration;
}

/** The first key writes; all of them read. */
export interface KeysConfiguration {
  readonly keys: readonly Key[];
}

/** A key of a provider. */
export interface Key {
  /** Stands before every value that is written with it. */
  readonly name: string;
  /** Base64. */
  readonly secret: string;
}

/** A plugin that keeps the keys. */
export interface KmsConfiguration {
  /** v2; absent: v1, which is not supported. */
  readonly apiVersion?: string;
  /** Stands before every value that is written through it. */
  readonly name: string;
  /** unix:///path/of/a/socket */
  readonly endpoint: string;
  /** For each call, as Go writes durations ("5s"); absent: 3 seconds. */
  readonly timeout?: string;
  /** Of v1 only. */
  readonly cachesize?: number;
}

/** The group and the plural of a resource, or "*" for all. */
interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

/** Splits "resource.group" at its first dot; without one, the group is the core group. Source: Go's schema.ParseGroupResource */
export function parseGroupResource(text: string): GroupResource {
  const dot = text.indexOf('.');
  return dot < 0 ? { group: '', resource: text } : { group: text.slice(dot + 1), resource: text.slice(0, dot) };
}
