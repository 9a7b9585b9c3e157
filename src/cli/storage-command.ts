/** `kubedirector storage check|backup|restore|repair`: for the data of a server that is stopped. */
import type { Command } from 'commander';
import { createLogger } from '../runtime/logger.ts';
import { checkBackupFile, readBackupFile, writeBackupFile } from '../server/backup-file.ts';
import {
  backUpStorage,
  checkStorage,
  repairStorage,
  restoreStorage,
  type StorageFolder,
  type StorageReport,
  type StorageRestored,
} from '../server/storage.ts';
import { dataOption } from './data-option.ts';

interface StorageTerminal {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stdout: { write(text: string, done?: (error?: Error | null) => void): unknown };
  readonly stderr: { write(text: string): unknown };
}

interface Flags {
  readonly data: string;
}

/** In the place of a file: standard input or output. */
const standard = '-';

/** Adds `storage` with its subcommands: they work on the data folder of a server that is stopped. */
export function addStorageCommand(program: Command, terminal: StorageTerminal): void {
  const storage = program
    .command('storage')
    .description('check, back up, restore and repair the data of a stopped server');
  storage
    .command('check')
    .description('read all data and report what there is; change nothing')
    .addOption(dataOption('folder of the server'))
    .action((flags: Flags) => check(flags, terminal));
  storage
    .command('backup')
    .description('write all of the data to one file that can be read by people, and by restore')
    .argument('<file>', 'where to; - is standard output')
    .addOption(dataOption('folder of the server'))
    .option('--force', 'replace a file that is there', false)
    .action((file: string, flags: Flags & { force: boolean }) => backup(file, flags, terminal));
  storage
    .command('restore')
    .description('restore all data of a server from a backup, or nothing')
    .argument('<file>', 'from where; - is standard input')
    .addOption(dataOption('folder of the server; made if absent'))
    .option('--replace', 'move existing data aside first, damaged or not; they are kept', false)
    .action((file: string, flags: Flags & { replace: boolean }) => restore(file, flags, terminal));
  storage
    .command('repair')
    .description('keep what can be read of damaged data, up to the damage; the damaged data are moved aside and kept')
    .addOption(dataOption('folder of the server'))
    .action((flags: Flags) => repair(flags, terminal));
}

const folderOf = ({ data }: Flags): StorageFolder => ({
  directory: data,
  logger: createLogger({ level: 'warn', format: 'text' }),
});

async function check(flags: Flags, terminal: StorageTerminal): Promise<void> {
  terminal.stdout.write(reportText(await checkStorage(folderOf(flags))));
}

async function backup(file: string, flags: Flags & { force: boolean }, terminal: StorageTerminal): Promise<void> {
  if (file !== standard) await checkBackupFile(file, flags);
  const { lines, ...report } = await backUpStorage(folderOf(flags));
  if (file === standard) for (const line of lines) await written(line, terminal);
  else await writeBackupFile(file, lines, flags);
  const what = `${objects(report.entries.length)} at revision ${report.revision}`;
  const told = file === standard ? terminal.stderr : terminal.stdout;
  told.write(`backed up ${what} of ${report.directory}${file === standard ? '' : ` to ${file}`}\n`);
}

function written(text: string, { stdout }: StorageTerminal): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(text, (error) => {
      if (error) reject(new Error(`the backup could not be written: ${error.message}`, { cause: error }));
      else resolve();
    });
  });
}

async function restore(file: string, flags: Flags & { replace: boolean }, terminal: StorageTerminal): Promise<void> {
  const source = file === standard ? bytesOf(terminal.stdin) : readBackupFile(file);
  const restored = await restoreStorage({ ...folderOf(flags), replace: flags.replace }, source);
  terminal.stdout.write(restoredText(restored));
}

async function repair(flags: Flags, terminal: StorageTerminal): Promise<void> {
  const { directory, objects: count, kept, replaced, revision } = await repairStorage(folderOf(flags));
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

function reportText({ directory, revision, entries, resources, ...sizes }: StorageReport): string {
  const { snapshotBytes, journalBytes, torn } = sizes;
  const width = Math.max(...[...resources.keys()].map((name) => name.length));
  const digits = String(entries.length).length;
  const lines = [
    `${directory} is whole: revision ${revision}, ${objects(entries.length)}`,
    ...[...resources].map(([name, count]) => `  ${name.padEnd(width)}  ${String(count).padStart(digits)}`),
    `snapshot ${snapshotBytes} bytes, journal ${journalBytes} bytes`,
  ];
  if (torn) {
    const where = `${torn.file}, line ${torn.line}: the last ${torn.bytes} bytes`;
    lines.push(`${where} were never acknowledged; the next start cuts them off, and nothing that counts with them`);
  }
  return `${lines.join('\n')}\n`;
}

function restoredText({ directory, backup, revision, replaced, ...restored }: StorageRestored): string {
  const from = `the backup of ${backup.created} (revision ${backup.revision})`;
  const goesOn = `the store goes on after revision ${revision}`;
  const lines = [`restored ${objects(restored.objects)} to ${directory}, from ${from}`];
  if (replaced) lines.push(`the data that were there are in ${replaced.directory}; remove them once nobody needs them`);
  if (replaced && !replaced.damaged) {
    lines.push(`${goesOn}: above the ${replaced.revision} that they had reached`);
  } else {
    const unknown = replaced
      ? `they are damaged: they had reached at least revision ${replaced.revision}, how much more cannot be known`
      : 'whether data that are lost had gone beyond the backup cannot be known';
    lines.push(unknown, `${goesOn}: clients that saw a newer resourceVersion must list again, restart them`);
  }
  return `${lines.join('\n')}\n`;
}

function objects(count: number): string {
  return count === 1 ? '1 object' : `${count} objects`;
}
