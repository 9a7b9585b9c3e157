/** `kubedirector storage check|backup|restore|copy|repair`. */
import type { Command } from 'commander';
import { createLogger } from '../runtime/logger.ts';
import { dataOption } from './data-option.ts';
import { addImportCommand } from './import-command.ts';
import { addRewriteCommand } from './rewrite-command.ts';
import type { SignalSource } from './signals.ts';
import type { StorageTerminal, Target } from './storage-actions.ts';
import { addPlaceOptions, addSides, givenTo, sideOf, storageOf, type StorageFlags } from './storage-options.ts';

type Terminal = StorageTerminal & SignalSource;

/** Loaded when one of the commands runs: a server starts without them. */
const actions = () => import('./storage-actions.ts');

const toolLogger = () => createLogger({ level: 'warn', format: 'text' });

/** Adds `storage` with its subcommands. */
export function addStorageCommand(program: Command, terminal: Terminal): void {
  const storage = program
    .command('storage')
    .description('check, back up, restore, copy, import and repair the data of a server');
  addReading(storage, terminal);
  addWriting(storage, terminal);
  addImportCommand(storage, terminal);
}

function addReading(storage: Command, terminal: Terminal): void {
  const checking = storage
    .command('check')
    .description('read all data and report what there is, and what is wrong with it; change nothing');
  addPlaceOptions(checking, 'folder of a stopped server')
    .option(
      '--encryption-provider-config <file>',
      'how values are encrypted; without it, encrypted ones are only counted',
    )
    .action(async (flags: { readonly encryptionProviderConfig?: string }) =>
      (await actions()).check(targetOf(checking), flags.encryptionProviderConfig, terminal),
    );
  const backingUp = storage
    .command('backup')
    .description(
      'write all of the data, also of a running server, to one file that can be read by people, and by restore',
    )
    .argument('<file>', 'where to; - is standard output')
    .option('--force', 'replace a file that is there', false);
  addPlaceOptions(backingUp, 'folder of the server').action(async (file: string, { force }: { force: boolean }) =>
    (await actions()).backup(file, { ...targetOf(backingUp), force }, terminal),
  );
}

function addWriting(storage: Command, terminal: Terminal): void {
  const restoring = storage
    .command('restore')
    .description('restore all data of a stopped server from a backup, or nothing')
    .argument('<file>', 'from where; - is standard input')
    .option('--replace', 'put existing data aside first, damaged or not; they are kept', false)
    .option('--aside <file>', 'with etcd: where existing data are backed up to before they are replaced');
  addPlaceOptions(restoring, 'folder of the server; made if absent').action(
    async (file: string, flags: { replace: boolean; aside?: string }) =>
      (await actions()).restore(file, { ...targetOf(restoring), ...asked(flags) }, terminal),
  );
  const copying = storage
    .command('copy')
    .description(
      'copy all data of a stopped server to another engine, folder or prefix that has none, and compare them',
    );
  addSides(copying).action(async () => {
    const [from, to] = [sideOf(copying, 'from'), sideOf(copying, 'to')];
    await (await actions()).copy({ from, to, logger: toolLogger() }, terminal);
  });
  storage
    .command('repair')
    .description('keep what can be read of damaged data, up to the damage; the damaged data are moved aside and kept')
    .addOption(dataOption('folder of the server'))
    .action(async (flags: { readonly data: string }) =>
      (await actions()).repair({ directory: flags.data, logger: toolLogger() }, terminal),
    );
  addRewriteCommand(storage, terminal);
}

function targetOf(command: Command): Target {
  return { storage: storageOf(command.opts<StorageFlags>(), givenTo(command)), logger: toolLogger() };
}

const asked = ({ replace, aside }: { replace: boolean; aside?: string }) => ({
  replace,
  ...(aside === undefined ? {} : { aside }),
});
