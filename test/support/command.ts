/** The built program run as a command: to its end, or until it is told to stop. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import process from 'node:process';

export const builtProgram = resolve('dist/kubedirector.js');

export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Command {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout(): string;
  stderr(): string;
  /** Resolves once it printed this; rejects with its output where it ended without. */
  printed(text: string): Promise<void>;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** Run instead of node and the built program. */
  readonly executable?: string;
  readonly uid?: number;
  /**
   * Added to the test's own variables. Warnings about the version of Node.js are off unless NODE_NO_WARNINGS says
   * something else.
   */
  readonly env?: Readonly<Record<string, string>>;
}

export function command(args: readonly string[], { cwd, executable, uid, env }: CommandOptions = {}): Command {
  const [file, first] = executable === undefined ? [process.execPath, [builtProgram]] : [executable, []];
  const child = spawn(file, [...first, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_NO_WARNINGS: '1', ...env },
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = (once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>).then(
    ([code, signal]): Ended => ({ code, signal, stdout, stderr }),
  );
  const printed = (text: string): Promise<void> =>
    new Promise((resolvePrinted, reject) => {
      const look = (): void => {
        if (stdout.includes(text) || stderr.includes(text)) resolvePrinted();
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      look();
      void ended.then(({ code }) => {
        reject(new Error(`the program ended with ${String(code)} and never printed ${text}:\n${stdout}${stderr}`));
      }, reject);
    });
  return { process: child, ended, stdout: () => stdout, stderr: () => stderr, printed };
}
