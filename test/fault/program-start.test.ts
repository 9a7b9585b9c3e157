/** Starts of the program that must fail. */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { targetOf, type Target } from '../conformance/target.ts';
import { builtProgram, command, type Command, type Ended } from '../support/command.ts';

const namespaces = '/api/v1/namespaces';

let scratch: string;
let directory: string;
const running: Command[] = [];
const targets: Target[] = [];

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

function start(args: readonly string[] = [], where = directory, port = '0'): Command {
  const program = command(['playground', '--data', where, '--port', port, ...args]);
  running.push(program);
  return program;
}

async function serving(...from: Parameters<typeof start>): Promise<{ program: Command; target: Target; port: string }> {
  const program = start(...from);
  await program.printed('Ctrl-C stops it');
  const target = targetOf(join(from[1] ?? directory, 'kubeconfig'));
  targets.push(target);
  return { program, target, port: /:(\d+)\n/.exec(program.stdout())?.[1] ?? '' };
}

async function stopped(program: Command): Promise<void> {
  program.process.kill('SIGINT');
  expect(await program.ended).toMatchObject({ code: 0 });
}

async function refused(program: Command, ...told: readonly string[]): Promise<Ended> {
  const ended = await program.ended;
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  for (const text of told) expect(ended.stderr).toContain(text);
  // One sentence for people, without stack or usage.
  expect(ended.stderr).toMatch(/^kubedirector: [^\n]+\n$/);
  return ended;
}

async function makeNamespace(target: Target, name: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  expect((await target.ask(namespaces, { method: 'POST', body })).status).toBe(201);
}

async function statusOf(target: Target, name: string): Promise<number> {
  return (await target.ask(`${namespaces}/${name}`)).status;
}

/** Every file and folder: its mode, and what is in it. */
function picture(folder: string): Record<string, string> {
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

describe('a second start on the same folder', () => {
  it('is refused with the process id of the other, whatever the port, and does not change the first one', async () => {
    const first = await serving();
    for (const args of [[], ['--reset']]) {
      await refused(
        start(args, directory, first.port),
        `${join(directory, 'data')} is in use by process ${first.program.process.pid}`,
        '--data',
      );
    }
    expect(await statusOf(first.target, 'default')).toBe(200);
    await makeNamespace(first.target, 'after');
    await stopped(first.program);
    const { target } = await serving();
    expect(await statusOf(target, 'after')).toBe(200);
  });

  it('succeeds for exactly one of several at the same time', async () => {
    const all = Array.from({ length: 3 }, () => start());
    const results = await Promise.allSettled(all.map((program) => program.printed('Ctrl-C stops it')));
    const losers = all.filter((_, index) => results[index]?.status === 'rejected');
    expect(losers).toHaveLength(2);
    for (const loser of losers) await refused(loser, directory);
  });
});

describe('a start on a port that is taken', () => {
  it('is refused with the port and the flag, and leaves no lock behind', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const port = String((taken.address() as AddressInfo).port);
    try {
      await refused(start([], directory, port), `port ${port} of 127.0.0.1 is in use`, '--port');
      const { program, target } = await serving();
      await makeNamespace(target, 'mine');
      await stopped(program);

      const before = picture(directory);
      await refused(start(['--reset'], directory, port), `port ${port} of 127.0.0.1 is in use`, '--port');
      const kept = (shown: Record<string, string>): unknown =>
        Object.entries(shown).filter(([path]) => !path.startsWith('data/lock-'));
      expect(kept(picture(directory))).toEqual(kept(before));
    } finally {
      taken.close();
    }
    const { target } = await serving([], directory, port);
    expect(await statusOf(target, 'mine')).toBe(200);
  });
});

describe('a folder of somebody else', () => {
  it.each([
    ['files in data', 'data/thesis.txt', 'data is not empty and not a kubedirector data folder (it has thesis.txt'],
    [
      'a foreign marker in data',
      'data/format.json',
      'data/format.json is not the marker of a kubedirector data folder',
    ],
    ['certificates beside no data, as in /etc', 'pki/tls/private/host.key', "is not a playground's (it has pki and no"],
    ['a kubeconfig beside no data', 'kubeconfig', "is not a playground's (it has kubeconfig and no data/format.json"],
  ])('is not touched where it has %s', async (_what, file, told) => {
    const path = join(directory, file);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, '{"format":"theirs"}', { mode: 0o644 });
    const before = picture(directory);
    for (const args of [[], ['--reset']]) await refused(start(args), directory, told, '--data');
    expect(picture(directory)).toEqual(before);
  });

  it('is not touched beside our files, also by a reset', async () => {
    mkdirSync(join(directory, 'notes'), { recursive: true });
    writeFileSync(join(directory, 'notes/mine.txt'), 'mine');
    const { program } = await serving();
    await stopped(program);
    await stopped((await serving(['--reset'])).program);
    expect(readFileSync(join(directory, 'notes/mine.txt'), 'utf8')).toBe('mine');
    expect(readdirSync(directory).sort()).toEqual(['data', 'kubeconfig', 'kubeconfig-viewer', 'notes', 'pki']);
  });
});

describe('a reset', () => {
  it('forgets data, certificates and kubeconfig', async () => {
    const { program, target } = await serving();
    await makeNamespace(target, 'mine');
    await stopped(program);
    const authority = readFileSync(join(directory, 'pki/ca.crt'), 'utf8');
    const anew = await serving(['--reset']);
    expect(await statusOf(anew.target, 'mine')).toBe(404);
    expect(await statusOf(anew.target, 'default')).toBe(200);
    expect(readFileSync(join(directory, 'pki/ca.crt'), 'utf8')).not.toBe(authority);
    await stopped(anew.program);
  });

  it('makes a folder that does not exist', async () => {
    const { target } = await serving(['--reset']);
    expect(await statusOf(target, 'default')).toBe(200);
  });
});

describe('a folder that cannot be used', () => {
  it.each(['', '/data', '/pki', '/kubeconfig/x'])('is named if %s is in the way', async (below) => {
    if (below !== '') {
      const { program } = await serving();
      await stopped(program);
      rmSync(join(directory, below.replace('/x', '')), { recursive: true });
    }
    // A file where a folder is wanted, or a folder where a file is.
    if (below.endsWith('/x')) mkdirSync(directory + below, { recursive: true });
    else writeFileSync(directory + below, '');
    await refused(start(), directory, '--data');
  });

  const nobody = 65_534;
  const asRoot = process.getuid?.() === 0;
  /** Root may write everywhere, so the program runs as another user. */
  const startUnprivileged = (): Command => {
    const program = command(['playground', '--data', directory, '--port', '0'], asRoot ? { uid: nobody } : {});
    running.push(program);
    return program;
  };
  const reason = asRoot ? unable(nobody) : undefined;

  it.for([
    ['the folder above', '..'],
    ['the folder', '.'],
    ['its data', 'data'],
  ] as const)('is named where %s may not be written', async ([, below], context) => {
    if (reason !== undefined) return context.skip(reason);
    chmodSync(scratch, 0o755);
    const locked = join(directory, below);
    mkdirSync(locked, { recursive: true });
    chmodSync(locked, 0o555);
    await refused(startUnprivileged(), directory, '--data');
    chmodSync(locked, 0o755);
  });

  it('is named if new certificates cannot be written', async (context) => {
    if (reason !== undefined) return context.skip(reason);
    await stopped((await serving()).program);
    rmSync(join(directory, 'pki/server.crt'));
    if (asRoot) {
      chmodSync(scratch, 0o755);
      for (const path of Object.keys(picture(directory))) chownSync(join(directory, path), nobody, nobody);
    }
    chownSync(join(directory, 'pki'), process.getuid?.() ?? 0, process.getgid?.() ?? 0);
    chmodSync(join(directory, 'pki'), asRoot ? 0o755 : 0o555);
    await refused(startUnprivileged(), directory, '--data');
    chmodSync(join(directory, 'pki'), 0o755);
  });
});

/** Why a user of this number cannot run the program; undefined where they can. */
function unable(uid: number): string | undefined {
  const { status, error } = spawnSync(process.execPath, [builtProgram, '--version'], { uid, gid: uid });
  return status === 0 ? undefined : `user ${uid} cannot run ${builtProgram} here: ${error?.message ?? 'it fails'}`;
}

describe('a start on data', () => {
  const journal = (): string => join(directory, 'data/journal.jsonl');

  const filled = async (): Promise<void> => {
    const { program, target } = await serving();
    for (let index = 0; index < 20; index++) await makeNamespace(target, `made-${index}`);
    await stopped(program);
  };

  it('with a flipped bit is refused with file, line and advice that works', async () => {
    await filled();
    const bytes = readFileSync(journal());
    const position = bytes.indexOf('"made-9"');
    const line = bytes.subarray(0, position).toString('latin1').split('\n').length;
    bytes.writeUInt8(bytes.readUInt8(position + 3) ^ 1, position + 3);
    writeFileSync(journal(), bytes);
    const before = picture(directory);
    const { stderr } = await refused(start(), `${journal()}, line ${line}:`, 'storage repair', '--reset');
    expect(stderr).toContain('damaged');
    const data = (shown: Record<string, string>): unknown =>
      Object.entries(shown).filter(([path]) => !path.startsWith('data/lock-'));
    expect(data(picture(directory))).toEqual(data(before));

    const repaired = command(['storage', 'repair', '--data', directory]);
    running.push(repaired);
    expect(await repaired.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('kept') as unknown });
    const { program, target } = await serving();
    expect(await statusOf(target, 'made-8')).toBe(200);
    expect(await statusOf(target, 'made-10')).toBe(404);
    await stopped(program);

    writeFileSync(journal(), bytes);
    const reset = await serving(['--reset']);
    expect(await statusOf(reset.target, 'made-8')).toBe(404);
    await stopped(reset.program);
  });

  it('with a torn last line succeeds, with a warning', async () => {
    await filled();
    appendFileSync(journal(), '{"revision":99999,"durable":9');
    const { program, target } = await serving(['--log-format', 'json', '--log-level', 'warn']);
    const warnings = program.stderr().trim().split('\n');
    expect(warnings).toHaveLength(1);
    expect(JSON.parse(warnings[0] ?? '')).toMatchObject({
      file: 'journal.jsonl',
      msg: expect.stringContaining('the end of the journal was damaged and is cut off') as unknown,
    });
    expect(await statusOf(target, 'made-19')).toBe(200);
    await stopped(program);
    const again = await serving();
    expect(again.program.stderr()).toBe('');
  });
});
