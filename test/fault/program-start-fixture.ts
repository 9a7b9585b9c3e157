/** Starts of the program on folders of a test. */
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { targetOf, type Target } from '../conformance/target.ts';
import { command, type Command, type Ended } from '../support/command.ts';

const namespaces = '/api/v1/namespaces';

export let scratch: string;
export let directory: string;
export const running: Command[] = [];
const targets: Target[] = [];

export function start(args: readonly string[] = [], where = directory, port = '0'): Command {
  const program = command(['playground', '--data', where, '--port', port, ...args]);
  running.push(program);
  return program;
}

export async function serving(
  ...from: Parameters<typeof start>
): Promise<{ program: Command; target: Target; port: string }> {
  const program = start(...from);
  await program.printed('Ctrl-C stops it');
  const target = targetOf(join(from[1] ?? directory, 'kubeconfig'));
  targets.push(target);
  return { program, target, port: /:(\d+)\n/.exec(program.stdout())?.[1] ?? '' };
}

export async function stopped(program: Command): Promise<void> {
  program.process.kill('SIGINT');
  expect(await program.ended).toMatchObject({ code: 0 });
}

export async function refused(program: Command, ...told: readonly string[]): Promise<Ended> {
  const ended = await program.ended;
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  for (const text of told) expect(ended.stderr).toContain(text);
  // One sentence for people, without stack or usage.
  expect(ended.stderr).toMatch(/^kubedirector: [^\n]+\n$/);
  return ended;
}

export async function makeNamespace(target: Target, name: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  expect((await target.ask(namespaces, { method: 'POST', body })).status).toBe(201);
}

export async function statusOf(target: Target, name: string): Promise<number> {
  return (await target.ask(`${namespaces}/${name}`)).status;
}

/** Every file and folder: its mode, and what is in it. */
export function picture(folder: string): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const path of [
    folder,
    ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((p) => join(folder, p)),
  ]) {
    const { mode } = lstatSync(path);
    const content = lstatSync(path).isDirectory() ? '' : readFileSync(path, 'latin1');
    shown[relative(folder, path)] = `${mode.toString(8)} ${content}`;
  }
  return shown;
}

/** Gives each test of the file that calls this a folder, and ends its programs. */
export function eachInItsFolder(): void {
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'kubedirector-start-'));
    directory = join(scratch, 'playground');
  });
  afterEach(async () => {
    for (const target of targets.splice(0)) target.close();
    for (const program of running.splice(0)) {
      program.process.kill('SIGKILL');
      await program.ended;
    }
    rmSync(scratch, { recursive: true });
  });
}
