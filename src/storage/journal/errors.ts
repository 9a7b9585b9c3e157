/** What keeps a data folder from being opened, beside the errors of the contract. */
import { basename, dirname } from 'node:path';

/** Another process has this folder open. */
export class StorageLockedError extends Error {
  readonly directory: string;
  /** The process id as the holder sees it; if it runs in another container, it means nothing here. */
  readonly pid: number | undefined;

  constructor(directory: string, holder: { readonly pid: number; readonly host: string } | undefined) {
    const who = holder ? `process ${holder.pid} on host ${holder.host}` : 'another process';
    super(`the data folder ${directory} is in use by ${who}; stop it first, or give each server a folder of its own`);
    this.name = 'StorageLockedError';
    this.directory = directory;
    this.pid = holder?.pid;
  }
}

/** The folder is not one of ours, is of a newer format, or cannot be used at all. Nothing in it was changed. */
export class StorageFolderError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StorageFolderError';
  }
}

/**
 * The command that replaces what is in a damaged data folder, for a shell. The command line takes the folder that holds
 * the data folder.
 */
export function restoreCommand(directory: string): string {
  return `kubedirector storage restore --replace --data ${shellWord(holding(directory))} FILE`;
}

/** The command that keeps what can be read of a damaged data folder; takes the same folder. */
export function repairCommand(directory: string): string {
  return `kubedirector storage repair --data ${shellWord(holding(directory))}`;
}

/** The folder above the data folder, also if the files are in one of its epochs. */
function holding(directory: string): string {
  return dirname(/^epoch-\d+$/.test(basename(directory)) ? dirname(directory) : directory);
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** True for an error of the operating system with this code ("ENOENT", "ENOSPC" …). */
export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** The text of anything that was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
