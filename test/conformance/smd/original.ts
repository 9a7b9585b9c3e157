/** A Go program with structured-merge-diff itself, which answers cases. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { command } from '../../support/command.ts';
import type { Case } from './cases.ts';

export interface Original {
  /** @returns the answers, in the order of the cases. Send one batch after the other. */
  ask(cases: readonly Case[]): Promise<unknown[]>;
  stop(): Promise<void>;
}

/** Builds and starts the program. @throws Error if there is no Go, or if a module cannot be fetched */
export async function startOriginal(): Promise<Original> {
  const folder = await mkdtemp(join(tmpdir(), 'kubedirector-smd-'));
  const binary = join(folder, 'smd');
  const built = await command(['build', '-o', binary, '.'], { executable: 'go', cwd: import.meta.dirname }).ended;
  if (built.code !== 0) throw new Error(`the Go program was not built:\n${built.stdout}${built.stderr}`);
  const child = spawn(binary, [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(cases) {
      child.stdin.write(cases.map((one) => `${JSON.stringify(one)}\n`).join(''));
      const answers: unknown[] = [];
      while (answers.length < cases.length) {
        const line = await lines.next();
        if (line.done === true) throw new Error('the Go program ended early');
        answers.push(JSON.parse(line.value));
      }
      return answers;
    },
    async stop() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}
