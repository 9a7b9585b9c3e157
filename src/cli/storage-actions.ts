/** What the commands of `kubedirector storage` do; storage-command.ts has their flags. */
import type { Logger } from '../runtime/logger.ts';
import { checkBackupFile, readBackupFile, writeBackupFile } from '../server/backup-file.ts';
import { countPlain, readable } from '../server/encryption/readable.ts';
import type { StorageOptions } from '../server/serve/options.ts';
import { backUp, readBackup } from '../server/storage-backup.ts';
import { copyStorage } from '../server/storage-copy.ts';
import { fillState, readState, type StorageState } from '../server/storage-state.ts';
import { checkStorage, countResources, repairStorage } from '../server/storage.ts';
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

/** The streams that they use. */
export interface StorageTerminal {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stdout: { write(text: string, done?: (error?: Error | null) => void): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** Where the data are, and who tells of trouble with them. */
export interface Target {
  readonly storage: StorageOptions;
  readonly logger: Logger;
}

/** In the place of a file: standard input or output. */
const standard = '-';

/**
 * Says what is stored, and what is wrong with it. @param configuration a file: how values are encrypted
 * @throws ConfigurationError where there are no data, or they cannot be used
 * @throws Error where objects cannot be decrypted or served
 */
export async function check(
  { storage, logger }: Target,
  configuration: string | undefined,
  terminal: StorageTerminal,
): Promise<void> {
  let text: string;
  let entries: StorageState['entries'];
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
  // It brings the schemas of all resources.
  const { checkObjects } = await import('../server/stored-objects.ts');
  const findings = checkObjects(looked.entries);
  terminal.stdout.write(text + encryptionText(looked) + findingsText(findings));
  const unreadable = looked.census?.unreadable.length ?? 0;
  if (unreadable > 0) throw new Error(`${objects(unreadable)} cannot be decrypted`);
  if (findings.broken.length > 0) throw new Error(`${objects(findings.broken.length)} cannot be served`);
}

/**
 * Writes everything to a file, or to standard output ('-').
 * @throws ConfigurationError where there are no data, or the file cannot be written
 */
export async function backup(
  file: string,
  target: Target & { readonly force: boolean },
  terminal: StorageTerminal,
): Promise<void> {
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

/**
 * Fills the place from a file, or from standard input ('-').
 * @throws ConfigurationError where there are data that are not to be replaced, or the place cannot be used
 * @throws BackupError where it is no whole backup
 */
export async function restore(file: string, target: Restoring, terminal: StorageTerminal): Promise<void> {
  const source = file === standard ? bytesOf(terminal.stdin) : readBackupFile(file);
  const { entries, ...read } = await readBackup(source);
  const filled = await fillState({ ...target, entries, revision: read.revision });
  terminal.stdout.write(restoredText({ filled, backup: read, objects: entries.length }));
}

/** Copies everything from one place to another, and compares. @throws ConfigurationError where one of them cannot be used */
export async function copy(sides: Parameters<typeof copyStorage>[0], terminal: StorageTerminal): Promise<void> {
  terminal.stdout.write(copiedText(await copyStorage(sides)));
}

/**
 * Keeps what can be read of damaged data.
 * @throws ConfigurationError where there are none, or they cannot be used
 */
export async function repair(folder: Parameters<typeof repairStorage>[0], terminal: StorageTerminal): Promise<void> {
  const { directory, objects: count, kept, replaced, revision } = await repairStorage(folder);
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
