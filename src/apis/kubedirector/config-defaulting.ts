import { deepEqual } from '../../meta/json.ts';
import { encryptionKeyError, type RandomBytes } from './secret-keys.ts';
import type { KubeDirectorConfig } from './types.ts';
import type { WellShaped } from './well-shaped.ts';

const keyBytes = 32;

/**
 * The configuration as it is stored, with every default filled in.
 * @param old the stored one, if it exists: a key that is not sent is kept
 */
export function defaultConfig(
  config: WellShaped<KubeDirectorConfig>,
  randomBytes: RandomBytes,
  old?: KubeDirectorConfig,
): WellShaped<KubeDirectorConfig> {
  const spec = config.spec ?? {};
  return {
    ...config,
    spec: {
      ...spec,
      defaultServiceType: spec.defaultServiceType ?? 'LoadBalancer',
      nativeSystemdSupport: spec.nativeSystemdSupport ?? false,
      clusterSvcDomainBase: spec.clusterSvcDomainBase ?? '.svc.cluster.local',
      defaultNamingScheme: spec.defaultNamingScheme ?? 'UID',
      masterEncryptionKey:
        spec.masterEncryptionKey ??
        old?.spec?.masterEncryptionKey ??
        Buffer.from(randomBytes(keyBytes)).toString('hex'),
      backupClusterStatus: spec.backupClusterStatus ?? false,
      allowRestoreWithoutConnections: spec.allowRestoreWithoutConnections ?? false,
    },
  };
}

/**
 * The configuration with the key of before in its status, where it has another one now: what clusters have encrypted can be read
 * until it is encrypted anew.
 * @param old the stored one
 */
export function withFormerKeys(config: KubeDirectorConfig, old: KubeDirectorConfig): KubeDirectorConfig {
  const key = config.spec?.masterEncryptionKey;
  const before = old.spec?.masterEncryptionKey;
  if (before === undefined || before === key || encryptionKeyError(before) !== undefined) return config;
  const former = [before, ...(old.status?.formerEncryptionKeys ?? [])].filter((one) => one !== key);
  const revisionKey = old.status?.revisionKey ?? before;
  return { ...config, status: { ...old.status, formerEncryptionKeys: [...new Set(former)], revisionKey } };
}

/** The configuration without these former keys, which nothing is encrypted with any more. */
export function withoutFormerKeys<T extends KubeDirectorConfig>(config: T, done: readonly string[]): T {
  const { formerEncryptionKeys, ...status } = config.status ?? {};
  return deepEqual(formerEncryptionKeys, done) ? { ...config, status } : config;
}
