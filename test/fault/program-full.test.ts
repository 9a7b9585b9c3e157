/** The program on a disk that is full. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { targetOf, type Answer, type Target } from '../conformance/target.ts';
import { builtProgram, command, type Command } from '../support/command.ts';

const volume = mkdtempSync(join(tmpdir(), 'kubedirector-full-'));
const directory = join(volume, 'playground');
const ballast = join(volume, 'ballast');

/** Why there is no small volume to fill; undefined where there is one. */
function mountVolume(): string | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=0700', 'kubedirector-full', volume], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `a volume to fill cannot be mounted here: ${String(error)}`;
  }
}

const reason = mountVolume();

/** Fills the disk to the last byte. */
function fill(): void {
  const file = openSync(ballast, 'a');
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    closeSync(file);
  }
}

const configMaps = '/api/v1/namespaces/default/configmaps';
const group = '/apis/kubedirector.hpe.com/v1beta1/namespaces/default';

const running: { kill(signal: 'SIGKILL'): unknown }[] = [];

async function serving(): Promise<{ program: Command; target: Target }> {
  const program = command(['playground', '--data', directory, '--port', '0']);
  running.push(program.process);
  await program.printed('Ctrl-C stops it');
  return { program, target: targetOf(join(directory, 'kubeconfig')) };
}

async function stopped({ program, target }: { program: Command; target: Target }): Promise<void> {
  target.close();
  program.process.kill('SIGINT');
  expect(await program.ended).toMatchObject({ code: 0 });
}

describe('the program on a disk that is full', () => {
  beforeEach((context) => {
    if (reason !== undefined) context.skip(reason);
  });
  afterEach(() => {
    if (reason !== undefined) return;
    for (const child of running.splice(0)) child.kill('SIGKILL');
    rmSync(ballast, { force: true });
    rmSync(directory, { recursive: true, force: true });
  });
  afterAll(() => {
    if (reason === undefined) execFileSync('umount', ['--lazy', volume]);
    rmdirSync(volume);
  });

  // Longer than the rest of the journal's last page can be.
  const data = { pad: 'x'.repeat(8192) };
  const make = (target: Target, name: string): Promise<Answer> =>
    target.ask(configMaps, { method: 'POST', body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data } });
  const names = async (target: Target): Promise<readonly string[]> =>
    ((await target.ask(configMaps)).body as { items: { metadata: { name: string } }[] }).items
      .map(({ metadata }) => metadata.name)
      .filter((name) => name.startsWith('made-'))
      .sort();

  it(
    'refuses writes, still answers reads, loses nothing, and writes again once there is room',
    { timeout: 60_000 },
    async () => {
      const first = await serving();
      const { target } = first;
      const kept: string[] = [];
      const create = async (count: number): Promise<void> => {
        for (let index = 0; index < count; index++) {
          const name = `made-${String(kept.length).padStart(4, '0')}`;
          const { status, text } = await make(target, name);
          expect(status, text).toBe(201);
          kept.push(name);
        }
      };
      await create(5);
      // A cluster that is being set up: the controller and the simulators write, too, and fail.
      for (const file of ['app', 'cluster']) {
        const body: unknown = parse(readFileSync(`manifests/examples/spark/${file}.yaml`, 'utf8'));
        const path = `${group}/kubedirector${file}s`;
        expect((await target.ask(path, { method: 'POST', body })).status).toBe(201);
      }
      await pause(500);
      fill();
      for (let again = 0; again < 20; again++) {
        const refused = await make(target, 'refused');
        expect(refused.status).toBe(503);
        expect(refused.body).toMatchObject({
          kind: 'Status',
          status: 'Failure',
          reason: 'ServiceUnavailable',
          code: 503,
          details: { retryAfterSeconds: 2 },
        });
        expect(refused.headers['retry-after']).toBe('2');
        const { message } = refused.body as { message: string };
        expect(message).toMatch(/storage is unavailable, nothing was written: .*no space left on device/);
        // The answer shows neither paths nor internals of the program.
        expect(refused.text).not.toContain(volume);
        expect(refused.text).not.toMatch(/\.[jt]s\b|node:|\bat \w/);
        expect(await names(target)).toEqual(kept);
      }
      const patched = await target.ask(`${configMaps}/made-0000`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/merge-patch+json' },
        body: { data: { more: data.pad } },
      });
      expect(patched.status).toBe(503);
      expect((await target.ask(`${configMaps}/made-0000`)).body).toMatchObject({ data });
      expect(await names(target)).toEqual(kept);
      // Alive, because a restart would not help; not ready, because it takes no writes.
      expect((await target.ask('/livez')).status).toBe(200);
      const unready = await target.ask('/readyz');
      expect(unready.status).toBe(500);
      expect(unready.text).toContain('[-]storage failed');
      expect((await target.ask('/readyz/storage')).status).toBe(500);
      expect((await target.ask(`${configMaps}/refused`)).status).toBe(404);

      rmSync(ballast);
      await expect.poll(async () => (await make(target, 'made-room')).status, { timeout: 30_000 }).toBe(201);
      kept.push('made-room');
      expect((await target.ask('/readyz')).status).toBe(200);
      const ready = async (): Promise<unknown> => {
        const { body } = await target.ask(`${group}/kubedirectorclusters/spark`);
        return (body as { status?: { state?: string } }).status?.state;
      };
      await expect.poll(ready, { timeout: 90_000, interval: 300 }).toBe('configured');
      await stopped(first);

      const second = await serving();
      expect(second.program.stderr()).toBe('');
      expect(await names(second.target)).toEqual(kept);
      expect((await second.target.ask(`${group}/kubedirectorclusters/spark`)).status).toBe(200);
      await stopped(second);
    },
  );

  it('loses nothing if it is killed meanwhile, and says what is wrong if it cannot start', async () => {
    const first = await serving();
    expect((await make(first.target, 'made-0')).status).toBe(201);
    fill();
    for (let index = 0; index < 20; index++) await make(first.target, `other-${index}`);
    first.program.process.kill('SIGKILL');
    await first.program.ended;
    first.target.close();
    const without = await command(['playground', '--data', directory, '--port', '0']).ended;
    expect(without).toMatchObject({ code: 2, stdout: '' });
    // A check of the disk may be logged before: the reason why it cannot start is the last line.
    expect(without.stderr).toMatch(/^kubedirector: [^\n]+no space left on device[^\n]+\n$/m);
    expect(without.stderr).toContain(directory);
    rmSync(ballast);
    const second = await serving();
    expect(await names(second.target)).toEqual(['made-0']);
    expect((await make(second.target, 'made-1')).status).toBe(201);
    await stopped(second);
  });

  it('continues to serve although its log is on that disk as well', async () => {
    const log = openSync(join(volume, 'log'), 'w');
    const child = spawn(
      process.execPath,
      [builtProgram, 'playground', '--data', directory, '--port', '0', '--log-level', 'debug'],
      { stdio: ['ignore', log, log] },
    );
    running.push(child);
    const ended = once(child, 'exit');
    closeSync(log);
    const printed = (): string => readFileSync(join(volume, 'log'), 'utf8');
    await expect.poll(printed, { timeout: 30_000 }).toContain('Ctrl-C stops it');
    const target = targetOf(join(directory, 'kubeconfig'));
    fill();
    let last = 0;
    for (let index = 0; index < 200; index++) last = (await make(target, `other-${index}`)).status;
    expect(last).toBe(503);
    expect((await target.ask('/livez')).status).toBe(200);
    rmSync(ballast);
    await expect.poll(async () => (await make(target, 'made-room')).status, { timeout: 30_000 }).toBe(201);
    target.close();
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    rmSync(join(volume, 'log'));
  });
});
