/** The program, stopped for a while (SIGSTOP), while another one in a pid namespace of its own takes its folder. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { builtProgram, command, type Command } from '../support/command.ts';

const unshare = ['--pid', '--fork', '--kill-child', '--mount-proc'];

/** Why there is no other pid namespace; undefined if one can be made. */
function unable(): string | undefined {
  const { status, error, stderr } = spawnSync('unshare', [...unshare, 'true'], { encoding: 'utf8' });
  return status === 0 ? undefined : `no pid namespace can be made here: ${error?.message ?? stderr}`;
}

const reason = unable();
const running: Command[] = [];
const directory = mkdtempSync(join(tmpdir(), 'kubedirector-pause-'));

afterEach(async () => {
  for (const program of running.splice(0)) {
    program.process.kill('SIGKILL');
    await program.ended;
  }
  rmSync(directory, { recursive: true, force: true });
});

describe('the program, stopped while another one took its data folder', () => {
  it('stops by itself with status 1, and says why; the other one serves', { timeout: 240_000 }, async (context) => {
    if (reason !== undefined) return context.skip(reason);
    const args = ['playground', '--data', directory, '--port', '0'];
    const first = command(args);
    running.push(first);
    await first.printed('Ctrl-C stops it');
    first.process.kill('SIGSTOP');
    const second = command([...unshare, process.execPath, builtProgram, ...args], { executable: 'unshare' });
    running.push(second);
    await second.printed('Ctrl-C stops it');
    first.process.kill('SIGCONT');
    const { code, stderr } = await first.ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`another process took over the data folder ${join(directory, 'data')}`);
    expect(second.process.exitCode).toBeNull();
  });
});
