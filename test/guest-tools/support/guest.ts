/** A container's files in a scratch folder, with our configcli installed as the controller does it. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import process from 'node:process';

export const packageFile = resolve('dist/guest-tools.tgz');
/** What of bash and coreutils configcli and its installer may need. */
const coreutils = ['base64', 'cat', 'chmod', 'cp', 'ln', 'mkdir', 'mv', 'readlink', 'rm', 'sleep', 'timeout'];

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Guest {
  readonly root: string;
  readonly layout: Layout;
  /** PATH of a container with bash and coreutils alone. */
  readonly barePath: string;
  path(...names: readonly string[]): string;
  /** Runs one of the commands, by the path that packages call it by. */
  run(args: readonly string[], options?: RunOptions): Promise<Result>;
  install(options?: { uid?: number; path?: string }): Promise<Result>;
  write(document: unknown): void;
  remove(): void;
}

export interface RunOptions {
  readonly name?: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export type Layout = 'new' | 'old';

export function program(name: string): string | undefined {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const file = join(directory, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      continue;
    }
  }
  return undefined;
}

/** Runs a program to its end. */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: { env?: Readonly<Record<string, string>>; stdin?: string; cwd?: string; uid?: number } = {},
): Promise<Result> {
  const { stdin = '', env, cwd, uid } = options;
  const child = spawn(file, [...args], {
    stdio: 'pipe',
    ...(env === undefined ? {} : { env }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // It may end without having read its input.
  child.stdin.on('error', () => undefined).end(stdin);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** GUEST_BASH names a bash, of another version perhaps, to try in the place of /bin/bash. */
function useBash(directory: string): void {
  const bash = process.env['GUEST_BASH'];
  if (bash === undefined) return;
  for (const name of ['configcli', 'install']) {
    const file = join(directory, name);
    writeFileSync(file, readFileSync(file, 'utf8').replace('#!/bin/bash', `#!${bash}`));
  }
}

/** A folder with links to these programs and no others. */
function barePathIn(directory: string): string {
  const bin = join(directory, 'bare');
  mkdirSync(bin);
  for (const name of ['bash', ...coreutils]) {
    const file = program(name);
    if (file === undefined) throw new Error(`no ${name} in PATH`);
    symlinkSync(realpathSync(file), join(bin, name));
  }
  return bin;
}

export function createGuest(layout: Layout = 'new'): Guest {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'kubedirector-guest-')));
  const root = join(directory, 'root');
  const unpacked = join(directory, 'package');
  for (const each of [root, unpacked]) mkdirSync(each);
  spawnSync('chmod', ['755', directory]);
  const { status, stderr } = spawnSync('tar', ['-xzf', packageFile, '-C', unpacked], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  useBash(join(unpacked, 'configcli-1.0'));
  const barePath = barePathIn(directory);
  const path = (...names: readonly string[]): string => join(root, ...names);
  return {
    ...{ root, layout, barePath, path },
    run: (args, { name = 'bd_vcli', stdin, env = {} } = {}) =>
      runProgram(path('usr/bin', name), args, {
        env: { PATH: barePath, KD_GUEST_ROOT: root, ...env },
        ...(stdin === undefined ? {} : { stdin }),
      }),
    install: ({ uid, path: searched = barePath } = {}) =>
      runProgram('./install', layout === 'new' ? ['--new'] : [], {
        cwd: join(unpacked, 'configcli-1.0'),
        env: { PATH: searched, KD_GUEST_ROOT: root },
        ...(uid === undefined ? {} : { uid }),
      }),
    write(document) {
      mkdirSync(path('etc/guestconfig'), { recursive: true });
      const text = typeof document === 'string' ? document : JSON.stringify(document, null, 2);
      writeFileSync(path('etc/guestconfig/configmeta.json'), text);
    },
    remove: () => rmSync(directory, { recursive: true }),
  };
}

/** Every Python of this machine that configcli's module is for, one each version. */
export function pythons(): readonly string[] {
  const found = spawnSync('bash', ['-c', 'shopt -s nullglob; echo ~/.pyenv/versions/*/bin/python /usr/bin/python3'], {
    encoding: 'utf8',
  });
  return found.stdout
    .trim()
    .split(' ')
    .filter((file) => spawnSync(file, ['-c', 'import json']).status === 0);
}
