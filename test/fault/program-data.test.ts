/** Starts of the program on data that it cannot use, or must use. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtProgram, command, type Command } from '../support/command.ts';
import {
  directory,
  eachInItsFolder,
  makeNamespace,
  picture,
  refused,
  running,
  scratch,
  serving,
  start,
  statusOf,
  stopped,
} from './program-start-fixture.ts';

eachInItsFolder();

/** Why a user of this number cannot run the program; undefined where they can. */
function unable(uid: number): string | undefined {
  const { status, error } = spawnSync(process.execPath, [builtProgram, '--version'], { uid, gid: uid });
  return status === 0 ? undefined : `user ${uid} cannot run ${builtProgram} here: ${error?.message ?? 'it fails'}`;
}

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
