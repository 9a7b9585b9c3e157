/** The program, killed at any moment: acknowledged writes are still there, and work that had begun is completed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { builtProgram } from '../support/command.ts';
import { startProgram, type RunningProgram } from '../program/support/program.ts';
import { seeded } from '../support/seeded.ts';
import { Client, examples, group, type Thing } from './program-kill-client.ts';
import { natives } from './program-kill-natives.ts';
import { kill } from '../support/kill.ts';

const isReady = ({ status }: Thing): boolean =>
  status?.state === 'configured' &&
  status.conditions?.some(({ type, status: now }) => type === 'Ready' && now === 'True') === true;

describe('the program, killed with -9', () => {
  let directory: string;
  const programs: RunningProgram[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kubedirector-kill-'));
  });
  afterEach(async () => {
    for (const program of programs.splice(0)) await program.kill();
    rmSync(directory, { recursive: true });
  });

  const start = async (): Promise<RunningProgram> => {
    const program = await startProgram({ directory });
    programs.push(program);
    return program;
  };

  it('continues after each of six kills, while clients create, scale and delete', { timeout: 300_000 }, async () => {
    const random = seeded(11);
    const client = new Client(random);
    let program = await start();
    await client.meet(program);
    for (const { manifest } of examples) {
      const { status } = await client.ask(`${group}/kubedirectorapps`, { method: 'POST', body: manifest });
      expect(status).toBe(201);
    }
    for (let round = 0; round < 6; round++) {
      const working = Promise.all([client.work(), client.work()]);
      working.catch(() => undefined); // shows below
      // However busy the machine is, there is something to lose.
      const enough = client.steps + 4 + Math.floor(random() * 30);
      await expect.poll(() => client.steps, { interval: 5 }).toBeGreaterThanOrEqual(enough);
      program.process.kill('SIGKILL');
      // At once: the old process may still be there.
      const next = start();
      await working;
      program = await next;
      await client.meet(program);
    }
    const deletions = [...client.known.values()].filter(({ deleted }) => deleted !== undefined).length;
    expect(deletions).toBeGreaterThan(3);
    expect(client.known.size - deletions).toBeGreaterThan(0);

    const clusters = (): Promise<readonly Thing[]> => client.list(`${group}/kubedirectorclusters`);
    const unsettled = async (): Promise<readonly string[]> =>
      (await clusters()).filter((cluster) => !isReady(cluster)).map(({ metadata }) => metadata.name);
    await expect.poll(unsettled, { timeout: 60_000, interval: 300 }).toEqual([]);
    const left = await clusters();
    const expected = [...client.known].filter(([, { deleted }]) => deleted === undefined).map(([name]) => name);
    expect(left.map(({ metadata }) => metadata.name).sort()).toEqual(expected.sort());
    const { should } = await natives(client, left);
    await expect.poll(async () => (await natives(client, left)).is, { timeout: 30_000, interval: 300 }).toEqual(should);

    for (const { metadata } of left) {
      await client.ask(`${group}/kubedirectorclusters/${metadata.name}`, { method: 'DELETE' });
    }
    await expect.poll(async () => (await clusters()).length, { timeout: 30_000, interval: 300 }).toBe(0);
    const { should: nothing } = await natives(client, []);
    await expect.poll(async () => (await natives(client, [])).is, { timeout: 30_000, interval: 300 }).toEqual(nothing);
    expect(client.surprises).toEqual([]);
    client.close();
    expect(await program.stop()).toBe(0);
    // None of the servers logged an error.
    for (const each of programs) expect(each.output()).not.toContain('"level":50');
  });

  // Needs /proc; elsewhere the lock is judged by its heartbeat.
  it.skipIf(process.platform !== 'linux')(
    'does not block the next start although nobody has waited for it',
    async () => {
      // Becomes a program that waits for no child: as in a container whose first process does not either.
      const command = `"$0" "$1" playground --data "$2" --port 0 >/dev/null 2>&1 & echo $!; exec sleep 60`;
      const parent = spawn('sh', ['-c', command, process.execPath, builtProgram, directory], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      try {
        const [line] = (await once(parent.stdout, 'data')) as [Buffer];
        const pid = Number(line.toString());
        await expect.poll(() => readdirSync(directory), { timeout: 30_000 }).toContain('kubeconfig');
        kill(pid, 'SIGKILL');
        const program = await start();
        expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /);
        expect(await program.stop()).toBe(0);
      } finally {
        parent.kill('SIGKILL');
      }
    },
  );
});
