/** `kubedirector storage check|backup|restore|copy|repair`. */
import type { Command } from 'commander';
import { createLogger } from '../runtime/logger.ts';
import { checkBackupFile, readBackupFile, writeBackupFile } from '../server/backup-file.ts';
import type { StorageOptions } from '../server/serve/options.ts';
import { backUp, readBackup } from '../server/storage-backup.ts';
import { copyStorage } from '../server/storage-copy.ts';
import { fillState, readState } from '../server/storage-state.ts';
import { countPlain, readable } from '../server/encryption/readable.ts';
import { checkStorage, countResources, repairStorage } from '../server/storage.ts';
import { checkObjects } from '../server/stored-objects.ts';
import { dataOption } from './data-option.ts';
import { addImportCommand } from './import-command.ts';
import { addPlaceOptions, addSides, givenTo, sideOf, storageOf, type StorageFlags } from './storage-options.ts';
import {
  copiedText,
  encryptionText,
  findingsText,
  folderText,
  objects,
  plainBackupText,
  prefixText,
  restoredText,
} from './storage-texts.ts';
import { addRewriteCommand } from './rewrite-command.ts';
import type { SignalSource } from './signals.ts';

interface StorageTerminal extends SignalSource {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stdout: { write(text: string, done?: (error?: Error | null) => void): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** Where the data are, and who tells of trouble with them. */
interface Target {
  readonly storage: StorageOptions;
  readonly logger: ReturnType<typeof toolLogger>;
}

/** In the place of a file: standard input or output. */
const standard = '-';

const toolLogger = () => createLogger({ level: 'warn', format: 'text' });

/** Adds `storage` with its subcommands. */
export function addStorageCommand(program: Command, terminal: StorageTerminal): void {
  const storage = program
    .command('storage')
    .description('check, back up, restore, copy, import and repair the data of a server');
  addReading(storage, terminal);
  addWriting(storage, terminal);
  addImportCommand(storage, terminal);
}

function addReading(storage: Command, terminal: StorageTerminal): void {
  const checking = storage
    .command('check')
    .description('read all data and report what there is, and what is wrong with it; change nothing');
  addPlaceOptions(checking, 'folder of a stopped server')
    .option(
      '--encryption-provider-config <file>',
      'how values are encrypted; without it, encrypted ones are only counted',
    )
    .action((flags: { readonly encryptionProviderConfig?: string }) =>
      check(targetOf(checking), flags.encryptionProviderConfig, terminal),
    );
  const backingUp = storage
    .command('backup')
    .description(
      'write all of the data, also of a running server, to one file that can be read by people, and by restore',
    )
    .argument('<file>', 'where to; - is standard output')
    .option('--force', 'replace a file that is there', false);
  addPlaceOptions(backingUp, 'folder of the server').action((file: string, { force }: { force: boolean }) =>
    backup(file, { ...targetOf(backingUp), force }, terminal),
  );
}

function addWriting(storage: Command, terminal: StorageTerminal): void {
  const restoring = storage
    .command('restore')
    .description('restore all data of a stopped server from a backup, or nothing')
    .argument('<file>', 'from where; - is standard input')
    .option('--replace', 'put existing data aside first, damaged or not; they are kept', false)
    .option('--aside <file>', 'with etcd: where existing data are backed up to before they are replaced');
  addPlaceOptions(restoring, 'folder of the server; made if absent').action(
    (file: string, flags: { replace: boolean; aside?: string }) =>
      restore(file, { ...targetOf(restoring), ...asked(flags) }, terminal),
  );
  const copying = storage
    .command('copy')
    .description(
      'copy all data of a stopped server to another engine, folder or prefix that has none, and compare them',
    );
  addSides(copying).action(() => copy(copying, terminal));
  storage
    .command('repair')
    .description('keep what can be read of damaged data, up to the damage; the damaged data are moved aside and kept')
    .addOption(dataOption('folder of the server'))
    .action((flags: { readonly data: string }) => repair(flags.data, terminal));
  addRewriteCommand(storage, terminal);
}

function targetOf(command: Command): Target {
  return { storage: storageOf(command.opts<StorageFlags>(), givenTo(command)), logger: toolLogger() };
}

const asked = ({ replace, aside }: { replace: boolean; aside?: string }) => ({
  replace,
  ...(aside === undefined ? {} : { aside }),
});

async function check(
  { storage, logger }: Target,
  configuration: string | undefined,
  terminal: StorageTerminal,
): Promise<void> {
  let text: string;
  let entries: Parameters<typeof checkObjects>[0];
  if (storage.engine === 'lowdb') {
    const report = await checkStorage({ directory: storage.directory, logger });
    ({ entries } = report);
    text = folderText(report);
  } else {
    const state = await readState({ storage, logger });
    ({ entries } = state);
    text = prefixText(state, countResources(entries));
  }
  const looked = await readable(entries, configuration, logger);
  const findings = checkObjects(looked.entries);
  terminal.stdout.write(text + encryptionText(looked) + findingsText(findings));
  const unreadable = looked.census?.unreadable.length ?? 0;
  if (unreadable > 0) throw new Error(`${objects(unreadable)} cannot be decrypted`);
  if (findings.broken.length > 0) throw new Error(`${objects(findings.broken.length)} cannot be served`);
}

async function backup(file: string, target: Target & { force: boolean }, terminal: StorageTerminal): Promise<void> {
  if (file !== standard) await checkBackupFile(file, target);
  const { lines, ...state } = await backUp(target);
  if (file === standard) for (const line of lines) await written(line, terminal);
  else await writeBackupFile(file, lines, target);
  const what = `${objects(state.entries.length)} at revision ${state.revision}`;
  const told = file === standard ? terminal.stderr : terminal.stdout;
  const where = `${state.place}${state.isRunning ? ', whose server runs' : ''}`;
  told.write(`backed up ${what} of ${where}${file === standard ? '' : ` to ${file}`}\n`);
  terminal.stderr.write(plainBackupText(countPlain(state.entries)));
}

function written(text: string, { stdout }: StorageTerminal): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(text, (error) => {
      if (error) reject(new Error(`the backup could not be written: ${error.message}`, { cause: error }));
      else resolve();
    });
  });
}

type Restoring = Target & { readonly replace: boolean; readonly aside?: string };

async function restore(file: string, target: Restoring, terminal: StorageTerminal): Promise<void> {
  const source = file === standard ? bytesOf(terminal.stdin) : readBackupFile(file);
  const { entries, ...read } = await readBackup(source);
  const filled = await fillState({ ...target, entries, revision: read.revision });
  terminal.stdout.write(restoredText({ filled, backup: read, objects: entries.length }));
}

async function copy(command: Command, terminal: StorageTerminal): Promise<void> {
  const [from, to] = [sideOf(command, 'from'), sideOf(command, 'to')];
  terminal.stdout.write(copiedText(await copyStorage({ from, to, logger: toolLogger() })));
}

async function repair(data: string, terminal: StorageTerminal): Promise<void> {
  const repaired = await repairStorage({ directory: data, logger: toolLogger() });
  const { directory, objects: count, kept, replaced, revision } = repaired;
  const lines = [
    `kept ${objects(count)} in ${directory}: everything up to revision ${kept}; later changes are given up`,
    `the data that were there are in ${replaced.directory}; remove them once nobody needs them`,
    `the store goes on after revision ${revision}, above every one that is known to have been acknowledged`,
  ];
  terminal.stdout.write(`${lines.join('\n')}\n`);
}

async function* bytesOf(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}
