/** `kubedirector storage rewrite` */
import type { Command } from 'commander';
import { createLogger } from '../runtime/logger.ts';
import { abortOnSignal, type SignalSource } from './signals.ts';
import { addPlaceOptions, givenTo, storageOf, type StorageFlags } from './storage-options.ts';

interface RewriteFlags extends StorageFlags {
  readonly encryptionProviderConfig: string;
}

interface RewriteTerminal extends SignalSource {
  readonly stdout: { write(text: string): unknown };
}

/** Adds `rewrite` to the commands of `storage`. */
export function addRewriteCommand(storage: Command, terminal: RewriteTerminal): void {
  const command = storage
    .command('rewrite')
    .description(
      'write all values anew that are not written with the first key of the encryption configuration: ' +
        'in a folder of a stopped server, or in etcd',
    )
    .requiredOption('--encryption-provider-config <file>', 'how values are to be encrypted (EncryptionConfiguration)');
  addPlaceOptions(command, 'folder of a stopped server').action(async (flags: RewriteFlags) => {
    const { rewriteStorage } = await import('../server/encryption/rewrite.ts');
    const { values, rewritten } = await rewriteStorage({
      storage: storageOf(flags, givenTo(command)),
      file: flags.encryptionProviderConfig,
      logger: createLogger({ level: 'warn', format: 'text' }),
      signal: abortOnSignal(terminal),
    });
    terminal.stdout.write(`${rewritten} of ${values} values were written anew\n`);
  });
}
