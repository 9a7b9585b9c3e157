/** The commands of `kubedirector storage` on the data of a server, and what is in their output. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { builtProgram } from '../support/command.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where they run, and the folder of the server. */
export interface Place {
  readonly scratch: string;
  readonly directory: string;
}

type Run = (...args: readonly string[]) => Ended;
type RunWithInput = (args: readonly string[], input?: string) => Ended;

export interface StorageCommands {
  readonly storage: RunWithInput;
  readonly check: () => Ended;
  readonly backup: Run;
  readonly restore: RunWithInput;
}

/** @param place asked for each command, because every test may have its own */
export function storageCommands(place: () => Place): StorageCommands {
  const storage: RunWithInput = (args, input = '') => {
    const argv = [builtProgram, 'storage', ...args];
    const options = { encoding: 'utf8', input, cwd: place().scratch } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, argv, options);
    return { code: status, stdout, stderr };
  };
  return {
    storage,
    check: () => storage(['check', '--data', place().directory]),
    backup: (...args) => storage(['backup', '--data', place().directory, ...args]),
    restore: (args, input) => storage(['restore', '--data', place().directory, ...args], input),
  };
}

export const revisionIn = (text: string): number => Number(/revision (\d+)/.exec(text)?.[1]);

/** The lines of the objects: what a backup is of, but for its time. */
export const objectsOf = (text: string): string[] => text.split('\n').slice(1, -2);

/** The text of a backup with the checksum that belongs at its end. */
export function sealed(text: string): string {
  const sum = createHash('sha256').update(text).digest('hex');
  return `${text}{"end":true,"sha256":"${sum}"}\n`;
}
