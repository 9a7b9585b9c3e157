/** What kd-health does in a container, and what the controller makes of it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createHealth } from '../../../src/controller/guest/health.ts';
import { guestSteps } from '../../../src/controller/guest/steps.ts';
import { defaultTimings } from '../../../src/controller/guest/tasks.ts';
import { taskID, type HealthCheck } from '../../../src/controller/plan/guest-task.ts';
import { healthTailBytes, parseHealthAnswer } from '../../../src/guest/answers.ts';
import { at, eachInItsRoot, root, run, startscript } from './guest-scripts.ts';
import { kill } from '../../support/kill.ts';

eachInItsRoot();

async function check(body: string, limitSeconds = 60) {
  startscript(body);
  const { code, stdout } = await run(guestSteps.health(limitSeconds), { TMPDIR: root });
  expect(code).toBe(0);
  return { ...parseHealthAnswer(stdout), bytes: stdout.length };
}

describe('kd-health', () => {
  test('calls the startscript with --healthcheck, and tells that the member works', async () => {
    expect(await check(`echo "$*" > "${root}/args"; echo all is well`)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(readFileSync(at('args'), 'utf8')).toBe('--healthcheck\n');
  });

  test('tells what is wrong, as the startscript says it', async () => {
    expect(await check('echo "port 1 is closed" >&2; exit 7')).toMatchObject({
      exitCode: 7,
      stderr: 'port 1 is closed\n',
    });
  });

  test('ends a check at its limit, with all that it has begun', async () => {
    const { exitCode } = await check(`echo $$ > "${root}/pid"; trap '' TERM; sleep 60 & wait; sleep 60`, 1);
    expect([124, 137]).toContain(exitCode);
    const pid = Number(readFileSync(at('pid'), 'utf8'));
    // Gone, or a zombie for want of a parent that asks for it.
    const commands = existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '';
    expect(commands).toBe('');
  });

  test('keeps no more than an end of what is printed, and leaves nothing behind', async () => {
    const { exitCode, stderr, bytes } = await check(
      'head -c 30000000 /dev/zero | tr "\\0" x | tee /dev/stderr; echo END >&2; exit 1',
    );
    expect([exitCode, stderr.length, stderr.endsWith('xEND\n'), bytes < 2_000]).toEqual([
      1,
      healthTailBytes,
      true,
      true,
    ]);
    expect(readdirSync(root).filter((name) => name.startsWith('tmp.'))).toEqual([]);
  });

  test('does not wait for a process that the startscript leaves behind', async () => {
    const { exitCode } = await check(`sleep 30 & echo $! > "${root}/pid"; exit 3`, 20);
    kill(readFileSync(at('pid'), 'utf8'), 'SIGTERM');
    expect(exitCode).toBe(3);
  });

  test('fails where there is no package', async () => {
    const { code, stderr } = await run(guestSteps.health(1));
    expect([code, stderr]).toEqual([4, 'no startscript in /opt/guestconfig\n']);
  });
});

describe('a member', () => {
  /** What is reported of checks that end so, each as soon as it is due. */
  async function story(codes: readonly number[], wasHealthy = false, settings: HealthCheck = {}) {
    let ms = 0;
    const clock = { monotonic: () => ms, now: () => new Date(ms) };
    const context = { clock, timings: defaultTimings, document: '', guestTools: undefined };
    const advance = createHealth({ type: 'health', containerID: 'c', wasHealthy, check: settings }, context);
    const said: { readonly at: number; readonly health: unknown }[] = [];
    for (const code of codes) {
      const stdout = `health=${code}\nstderr=${btoa('words')}\n`;
      const progress = await advance(() => Promise.resolve({ exitCode: 0, stdout, stderr: '' }));
      if ('done' in progress) throw new Error('it has ended');
      said.push({ at: ms, health: progress.health });
      ms += progress.againAfterMs;
    }
    return said;
  }

  test('that is new is asked often, and is ill only when it has had a minute', async () => {
    const said = await story(Array.from({ length: 12 }, () => 1));
    const first = said.find(({ health }) => health !== undefined);
    expect(said[1]?.at).toBeLessThan(2_000);
    expect(first?.at).toBeGreaterThanOrEqual(60_000);
    expect(first?.health).toEqual({ ok: false, words: 'startscript --healthcheck: exit status 1 (words)' });
  });

  test('that was healthy is ill with the first check that fails', async () => {
    expect((await story([1], true)).map(({ health }) => health)).toMatchObject([{ ok: false }]);
    expect((await story([1, 0, 1])).map(({ health }) => health)).toMatchObject([
      undefined,
      { ok: true },
      { ok: false },
    ]);
  });

  test('whose check does not end is told to be so', async () => {
    const words = 'startscript --healthcheck: did not end within 10 s, and was stopped (words)';
    expect((await story([124], true))[0]?.health).toEqual({ ok: false, words });
  });

  test('is asked as often as its role says, and is ill when so many checks have failed in a row', async () => {
    const said = await story([1, 1, 0, 1, 1, 1], true, { periodSeconds: 5, failureThreshold: 3 });
    expect(said.map(({ at: ms }) => ms)).toEqual([0, 5_000, 10_000, 15_000, 20_000, 25_000]);
    expect(said.map(({ health }) => health)).toMatchObject([
      ...[undefined, undefined, { ok: true }],
      ...[undefined, undefined, { ok: false }],
    ]);
  });

  test('is asked no more often than that while it begins', async () => {
    const said = await story([1, 1, 1], false, { periodSeconds: 1 });
    expect(said.map(({ at: ms }) => ms)).toEqual([0, 1_000, 2_000]);
  });

  test('has as much time for a check as its role says', async () => {
    const words = 'startscript --healthcheck: did not end within 3 s, and was stopped (words)';
    expect((await story([124], true, { timeoutSeconds: 3 }))[0]?.health).toEqual({ ok: false, words });
    const { args, timeoutMs } = guestSteps.health(60);
    expect([args, timeoutMs > 62_000]).toEqual([['60'], true]);
  });

  test('is asked anew, in another way, when its role says so', () => {
    const task = { type: 'health', containerID: 'c', wasHealthy: true } as const;
    const ids = [{}, { periodSeconds: 5 }, { timeoutSeconds: 5 }, { failureThreshold: 5 }].map((check) =>
      taskID({ ...task, check }),
    );
    expect(new Set(ids).size).toBe(4);
    expect(taskID({ ...task, wasHealthy: false, check: {} })).toBe(ids[0]);
  });
});
