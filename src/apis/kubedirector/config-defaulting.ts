import type { RandomBytes } from './secret-keys.ts';
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
