import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { build } from 'esbuild';

export interface Run {
  readonly pid: number;
  /** Everything it said so far. */
  said(): string;
  /** Resolves once it said this; rejects where it ended without. */
  waitFor(text: string): Promise<void>;
  /** kill -9; resolves once it is gone. */
  kill(): Promise<void>;
}

/** Makes a file of this folder a program in a new folder, and gives back its path. */
export async function buildChild(source = 'storage-child.ts'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kd-child-'));
  const outfile = join(folder, 'child.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, source)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return outfile;
}

export function runChild(program: string, ...args: string[]): Run {
  return runCommand([process.execPath, program, ...args]);
}

/** The same with anything in front of it. */
export function runCommand([file = '', ...args]: readonly string[]): Run {
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  let text = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
  return {
    pid: child.pid ?? 0,
    said: () => text,
    async waitFor(wanted) {
      while (!text.includes(wanted)) {
        const ended = await Promise.race([once(child.stdout, 'data').then(() => false), closed.then(() => true)]);
        if (ended && !text.includes(wanted)) throw new Error(`the process ended and never said ${wanted}: ${errors}`);
      }
    },
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
