/** The kubectls that drive servers under test: those that KUBECTLS names (joined by ':'), else the one on PATH, if any. */
import { execFile, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export function kubectls(): readonly string[] {
  const named = process.env['KUBECTLS'];
  if (named !== undefined && named !== '') return named.split(':').filter((path) => path !== '');
  const onPath = (process.env['PATH'] ?? '').split(':').map((directory) => join(directory, 'kubectl'));
  return onPath.filter(executable).slice(0, 1);
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Kubectl {
  /** Runs to its end; the exit code is part of the outcome. */
  (...args: readonly string[]): Promise<Outcome>;
  /** Runs with this on standard input. */
  readonly withInput: (input: string, ...args: readonly string[]) => Promise<Outcome>;
}

export function kubectlOf(program: string, kubeconfig: string, cacheDirectory: string): Kubectl {
  const common = ['--kubeconfig', kubeconfig, '--cache-dir', cacheDirectory];
  const plain = async (...args: readonly string[]): Promise<Outcome> => {
    try {
      const { stdout, stderr } = await run(program, [...common, ...args], { timeout: 60_000, maxBuffer: 1 << 26 });
      return { code: 0, stdout, stderr };
    } catch (error) {
      const { code, stdout = '', stderr = '' } = error as { code?: number; stdout?: string; stderr?: string };
      return { code: code ?? -1, stdout, stderr };
    }
  };
  const withInput = (input: string, ...args: readonly string[]): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      const child = spawn(program, [...common, ...args]);
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      child.on('error', reject);
      child.on('close', (code) => {
        resolve({ code: code ?? -1, stdout, stderr });
      });
      child.stdin.end(input);
    });
  return Object.assign(plain, { withInput });
}
