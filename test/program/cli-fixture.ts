/** Runs of the built program, in a folder of each test. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { command, type Command } from '../support/command.ts';
import { type Caller } from './support/https.ts';

export const read = (...path: readonly string[]): string => readFileSync(join(...path), 'utf8');

export function clientOf(directory: string): Required<Caller> {
  const pki = (name: string): string => read(directory, 'pki', name);
  return { ca: pki('ca.crt'), cert: pki('client.crt'), key: pki('client.key') };
}

export function urlOf(program: Command): string {
  return /https:\/\/\S+/.exec(program.stdout())?.[0] ?? '';
}

export let directory: string;
export const patience = { timeout: 30_000 };
const running: Command[] = [];
export const started = (...args: Parameters<typeof command>): Command => {
  const program = command(...args);
  running.push(program);
  return program;
};
export const playground = (...args: readonly string[]): Command =>
  started(['playground', '--data', directory, '--port', '0', ...args]);
export const serving = async (...args: readonly string[]): Promise<Command> => {
  const program = playground(...args);
  await program.printed('Ctrl-C stops it');
  return program;
};

/** Gives each test of the file that calls this a folder, and ends its programs. */
export function eachInItsFolder(): void {
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kubedirector-cli-'));
  });
  afterEach(async () => {
    for (const program of running.splice(0)) {
      program.process.kill('SIGKILL');
      await program.ended;
    }
    rmSync(directory, { recursive: true });
  });
}
