/** The guest scripts, run by the local bash in a scratch folder that stands for a container's root. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach } from 'vitest';
import { stepCommand, type GuestStep } from '../../../src/controller/guest/steps.ts';
import { parseLines } from '../../../src/guest/answers.ts';
import { kill as killProcess } from '../../support/kill.ts';

export let root: string;
/** Gives each test of the file that calls this a scratch folder of its own. */
export function eachInItsRoot(): void {
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'kd steps-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Of the leader, where a test names no other. */
export const term = '7@data';

export function run(step: GuestStep, env: Record<string, string> = {}, of = term): Promise<Outcome> {
  return begin(step, env, of).finish();
}

/** As another user than root. */
export function runAs(uid: number, step: GuestStep): Promise<Outcome> {
  return begin(step, { KD_GUEST_ROOT: root }, term, uid).finish();
}

/** Begins a step whose standard input does not end before `finish`. */
export function begin(
  step: GuestStep,
  env: Record<string, string> = {},
  of = term,
  uid?: number,
): { readonly giveMost: () => void; readonly finish: () => Promise<Outcome> } {
  const [command = '', ...args] = stepCommand(step, of, root);
  const user = uid === undefined ? {} : { uid, gid: uid };
  const child = spawn(command, args, { env: { ...process.env, ...env }, ...user });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on('error', () => undefined);
  const ended = new Promise<Outcome>((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
  let rest = step.stdin ?? '';
  return {
    /** All of its input but the last byte. */
    giveMost() {
      child.stdin.write(rest.slice(0, -1));
      rest = rest.slice(-1);
    },
    finish() {
      child.stdin.end(rest);
      return ended;
    },
  };
}

export const at = (path: string): string => join(root, path);
export const mode = (path: string): string => (statSync(at(path)).mode & 0o777).toString(8);
export function write(path: string, text: string, executable = false): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
  if (executable) chmodSync(at(path), 0o755);
}
export const startscript = (body: string): void =>
  write('opt/guestconfig/pkg/startscript', `#!/bin/bash\n${body}\n`, true);

/** A .tgz of a folder `top` holding these files. */
export function archive(top: string, files: Record<string, string>): string {
  for (const [name, text] of Object.entries(files)) write(`src/${top}/${name}`, text, true);
  execFileSync('tar', ['-czf', at(`${top}.tgz`), '-C', at('src'), top]);
  return at(`${top}.tgz`);
}

/** Polls until the step's output has that key with a final value. */
export async function until(
  step: GuestStep,
  wanted: (lines: ReadonlyMap<string, string>) => boolean,
  of = term,
): Promise<ReadonlyMap<string, string>> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const lines = parseLines((await run(step, {}, of)).stdout);
    if (wanted(lines)) return lines;
    await sleep(50);
  }
  throw new Error(`${step.name} did not come to an end`);
}

/** Ends the process behind a link, at once. */
export function kill(link: string): void {
  const pid = readlinkSync(at(`opt/guestconfig/${link}`))
    .split(':')
    .at(-1);
  killProcess(pid, 'SIGKILL');
}

export const container = 'containerd://abc=def';

export type Lines = ReadonlyMap<string, string>;
