/** The global configuration as everything else sees it. */
import type { ConfigSpec, ConfigStatus, KubeDirectorConfig } from './types.ts';

/** The spec, and what is left of earlier keys. */
export type ConfigSettings = ConfigSpec & Pick<ConfigStatus, 'formerEncryptionKeys' | 'revisionKey'>;

/** Undefined where there is no configuration. */
export function settingsOf(config: KubeDirectorConfig): ConfigSettings;
export function settingsOf(config: KubeDirectorConfig | undefined): ConfigSettings | undefined;
export function settingsOf(config: KubeDirectorConfig | undefined): ConfigSettings | undefined {
  if (config === undefined) return undefined;
  const { formerEncryptionKeys, revisionKey } = config.status ?? {};
  if (formerEncryptionKeys === undefined && revisionKey === undefined) return config.spec ?? {};
  return {
    ...config.spec,
    ...(formerEncryptionKeys === undefined ? {} : { formerEncryptionKeys }),
    ...(revisionKey === undefined ? {} : { revisionKey }),
  };
}
