/** The flags of encryption at rest; the first two are kube-apiserver's. */
import type { Command } from 'commander';
import { ConfigurationError } from '../server/configuration-error.ts';
import type { EncryptionFlags } from '../server/serve/options.ts';

/** As commander gives them. */
export interface EncryptionCommandFlags {
  readonly encryptionProviderConfig?: string;
  readonly encryptionProviderConfigAutomaticReload: boolean;
  readonly encryptionProviderConfigRewrite: boolean;
}

/** For `serve`. */
export function addEncryptionOptions(command: Command): void {
  command
    .option('--encryption-provider-config <file>', 'how stored values are encrypted (EncryptionConfiguration)')
    .option('--encryption-provider-config-automatic-reload', 'read that file again when it changes', false)
    .option(
      '--encryption-provider-config-rewrite',
      'write stored values anew, in the background, that are not written with the first key',
      false,
    );
}

/** @throws ConfigurationError for flags that are of no use together */
export function encryptionOf(flags: EncryptionCommandFlags): { readonly encryption?: EncryptionFlags } {
  const { encryptionProviderConfig: file, encryptionProviderConfigAutomaticReload: reload } = flags;
  const rewrite = flags.encryptionProviderConfigRewrite;
  if (file !== undefined) return { encryption: { file, reload, rewrite } };
  if (!reload && !rewrite) return {};
  const flag = reload ? 'automatic-reload' : 'rewrite';
  throw new ConfigurationError(
    `--encryption-provider-config-${flag} is of no use without --encryption-provider-config`,
  );
}
