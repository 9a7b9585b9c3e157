/** The built program as a child process, as a user runs it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface RunningProgram {
  readonly kubeconfig: string;
  readonly process: ChildProcess;
  /** What it has printed so far. */
  output(): string;
  /** Ctrl-C, and waits; the exit code. */
  stop(): Promise<number | null>;
  /** kill -9, and waits. */
  kill(): Promise<void>;
}

export interface ProgramOptions {
  readonly directory: string;
  readonly args?: readonly string[];
}

/** Starts `kubedirector playground` on a free port; resolves once it serves. Rejects with its output where it ends. */
export async function startProgram({ directory, args = [] }: ProgramOptions): Promise<RunningProgram> {
  const child = spawn(
    process.execPath,
    ['dist/kubedirector.js', 'playground', '--data', directory, '--port', '0', ...args],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const serving = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.includes('KUBECONFIG=')) resolve();
      });
    }
  });
  await Promise.race([
    serving,
    ended.then(([code]) => {
      throw new Error(`the program ended with ${String(code)}:\n${output}`);
    }),
  ]);
  return {
    kubeconfig: join(directory, 'kubeconfig'),
    process: child,
    output: () => output,
    stop: async () => {
      child.kill('SIGINT');
      return (await ended)[0];
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
