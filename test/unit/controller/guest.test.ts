import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  ContainerGoneError,
  ExecRefusedError,
  ExecTimeoutError,
  ExecUnavailableError,
  type ExecResult,
  type ExecTarget,
  type PodExec,
} from '../../../src/clients/contract.ts';
import { createGuestRunner, type GuestRunner } from '../../../src/controller/guest/runner.ts';
import { taskID, type GuestTaskPlan, type SetupPlan } from '../../../src/controller/plan/guest-task.ts';
import { createAdvance, defaultTimings } from '../../../src/controller/guest/tasks.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { createTestClock, type TestClock } from '../../controller/support/world.ts';

const containerID = 'containerd://one';
const target: ExecTarget = { namespace: 'ns', name: 'pod-0', container: 'app', containerID };
const key = 'ns/pod-0';

const setup = (change: Partial<SetupPlan> = {}): SetupPlan => ({
  ...{ type: 'setup', containerID, layout: 'new', injections: [], systemd: false },
  ...{ packageURL: 'http://x/p.tgz', configure: true, tailBytes: 256, data: { generation: 3, connectionHash: 'h' } },
  ...change,
});

type Answer = Partial<ExecResult> | Error;

/** What kd-setup and kd-setup-status print. */
const state = (lines: Record<string, string>): string =>
  Object.entries({
    alive: 'yes',
    stage: 'tools',
    seconds: '0',
    configure: '',
    configcli: 'present',
    data: '3:h',
    ...lines,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
const finished = state({ alive: 'no', stage: 'configure', configure: `${containerID}=0` });

/** Answers by step; a list is used up one by one, its last answer stays. */
function createExec(answers: Record<string, Answer | Answer[]>): PodExec & { steps: string[] } {
  const steps: string[] = [];
  const defaults: Record<string, Answer> = {
    'kd-setup': { stdout: state({}) },
    'kd-setup-status': { stdout: finished },
  };
  return {
    steps,
    exec(_target: ExecTarget, command: readonly string[]) {
      const step = command[4] ?? '';
      steps.push(step);
      const given = answers[step] ?? defaults[step] ?? {};
      const answer = Array.isArray(given) ? (given.length > 1 ? given.shift() : given[0]) : given;
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve({ exitCode: 0, stdout: '', stderr: '', ...answer });
    },
  };
}

let clock: TestClock;
let runner: GuestRunner;
let reports: number;
let onReport: () => void;

function start(exec: PodExec, workers = 2): void {
  clock = createTestClock();
  reports = 0;
  onReport = () => undefined;
  runner = createGuestRunner({
    ...{ exec, clock, workers, random: () => 0.5, logger: silentLogger, metrics: createMetrics() },
    onReport: () => {
      reports += 1;
      onReport();
    },
  });
  runner.start(new AbortController().signal);
}

function begin(task: GuestTaskPlan, guestTools?: Uint8Array, pod = key): void {
  const advance = createAdvance(task, { clock, timings: defaultTimings, document: '{}', guestTools });
  runner.begin(pod, { taskID: taskID(task), cluster: 'ns/cluster', target, advance });
}

async function settle(withinMs = 600_000): Promise<void> {
  const end = clock.monotonic() + withinMs;
  for (let idle = 0; idle < 10; idle++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (clock.next(end - clock.monotonic())) idle = 0;
  }
}

beforeEach(() => start(createExec({})));
afterEach(async () => {
  await runner.stop();
});

const result = () => runner.report(key)?.result;

describe('setting a member up', () => {
  test('is begun, and asked about until it ends', async () => {
    const exec = createExec({
      'kd-setup-status': [
        { stdout: state({ stage: 'configure', configure: `${containerID}=` }) },
        { stdout: finished },
      ],
    });
    start(exec);
    begin(setup());
    await settle();
    expect(exec.steps).toEqual(['kd-setup', 'kd-setup-status', 'kd-setup-status']);
    expect(result()).toEqual({ ok: true, data: { generation: 3, connectionHash: 'h' }, configured: true });
  });

  test('ends at once if it has ended already', async () => {
    const exec = createExec({ 'kd-setup': { stdout: finished } });
    start(exec);
    begin(setup());
    await settle();
    expect(exec.steps).toEqual(['kd-setup']);
    expect(result()).toMatchObject({ ok: true, configured: true });
  });

  test.each([
    ['2:old', { generation: 2, connectionHash: 'old' }],
    ['', { generation: 0, connectionHash: '' }],
  ])('is done with the document that the container has, %j, not with the one it was offered', async (data, known) => {
    start(createExec({ 'kd-setup': { stdout: finished.replace('data=3:h', `data=${data}`) } }));
    begin(setup());
    await settle();
    expect(result()).toMatchObject({ ok: true, data: known });
  });

  test('gets everything in one command', async () => {
    let given: { command: readonly string[]; stdin: string } | undefined;
    start({
      exec: (_target, command, { stdin = '' } = {}) => {
        given = { command: command.slice(4), stdin: Buffer.from(stdin).toString() };
        return Promise.resolve({ exitCode: 0, stdout: finished, stderr: '' });
      },
    });
    const injections = [{ srcURL: 'http://a/b', destDir: '/c', mode: '644', owner: 'o', group: '' }];
    begin(setup({ injections, systemd: true }), new Uint8Array([97, 98, 99]));
    await settle();
    expect(given).toEqual({
      command: [
        ...['kd-setup', containerID, '256', '3:h', 'new', '2', '3', 'yes', '14400', 'http://x/p.tgz'],
        ...['http://a/b', '/c', '644', 'o', ''],
      ],
      stdin: '{}abc',
    });
  });

  test('distinguishes a run that was stopped at its limit from one that ended by itself', async () => {
    const limit = defaultTimings.configureLimitMs / 1000;
    const ended = (seconds: number) =>
      state({ alive: 'no', seconds: String(seconds), configure: `${containerID}=124` });
    start(createExec({ 'kd-setup': { stdout: ended(limit + 1) } }));
    begin(setup());
    await settle();
    expect(result()).toMatchObject({ detail: 'startscript --configure has not ended for 240 min, and was stopped' });
    start(createExec({ 'kd-setup': { stdout: ended(1) } }));
    begin(setup());
    await settle();
    expect(result()).toMatchObject({ detail: 'startscript --configure failed with exit status 124' });
  });

  test('without a configure run keeps queued notifications', async () => {
    start(createExec({ 'kd-setup': { stdout: state({ alive: 'no', stage: 'ready', configure: 'other=0' }) } }));
    begin(setup());
    await settle();
    expect(result()).toMatchObject({ ok: true, configured: false });
  });

  test('says that configcli is missing where it neither is in the image nor was given', async () => {
    start(createExec({ 'kd-setup': { stdout: finished.replace('present', 'absent') } }));
    begin(setup());
    await settle();
    expect(result()).toMatchObject({ ok: true, configcliMissing: true });
  });

  test('fails with what the container says', async () => {
    const stdout = state({ alive: 'no', stage: 'failed', error: btoa('fetching http://x/p.tgz failed: 404\n') });
    start(createExec({ 'kd-setup-status': { stdout } }));
    begin(setup());
    await settle();
    expect(result()).toEqual({ ok: false, detail: 'fetching http://x/p.tgz failed: 404', stdout: '', stderr: '' });
  });

  test('fails where it could not even be begun', async () => {
    start(createExec({ 'kd-setup': { exitCode: 1, stderr: 'mkdir: Permission denied\n' } }));
    begin(setup());
    await settle();
    expect(result()).toMatchObject({ detail: 'setting up failed with exit status 1: mkdir: Permission denied' });
  });

  test('fails with the output of a run that failed or was killed', async () => {
    const tails = { stdout: btoa('o'), stderr: btoa('e') };
    start(
      createExec({ 'kd-setup-status': { stdout: state({ alive: 'no', configure: `${containerID}=9`, ...tails }) } }),
    );
    begin(setup());
    await settle();
    expect(result()).toMatchObject({ ok: false, stdout: 'o', stderr: 'e' });

    start(createExec({ 'kd-setup-status': { stdout: state({ alive: 'no', configure: `${containerID}=` }) } }));
    begin(setup());
    await settle();
    expect(result()).toMatchObject({ ok: false, detail: 'startscript --configure was killed' });
  });

  test('is begun again where it was killed, but not for ever', async () => {
    const dead = { stdout: state({ alive: 'no', stage: 'package' }) };
    const exec = createExec({ 'kd-setup-status': [dead, { stdout: finished }] });
    start(exec);
    begin(setup());
    await settle();
    expect(exec.steps).toEqual(['kd-setup', 'kd-setup-status', 'kd-setup', 'kd-setup-status']);
    expect(result()).toMatchObject({ ok: true });

    start(createExec({ 'kd-setup-status': dead }));
    begin(setup());
    await settle();
    expect(result()).toMatchObject({ ok: false, detail: 'the set-up was killed during the stage package' });
  });

  test('reports each minute what takes long', async () => {
    const long = (seconds: number) => ({
      stdout: state({ stage: 'configure', seconds: String(seconds), configure: `${containerID}=` }),
    });
    const exec = createExec({ 'kd-setup-status': [long(9), long(12), long(61), long(100), { stdout: finished }] });
    start(exec);
    const told: string[] = [];
    onReport = () => told.push(runner.report(key)?.message ?? '');
    begin(setup());
    await settle();
    expect(told.slice(0, 2)).toEqual(['running startscript --configure', 'running startscript --configure for 1 min']);
    expect(told).toHaveLength(3);
  });
});

describe('trouble on the way', () => {
  test.each<[string, Answer]>([
    ['an exec that could not be begun', new ExecUnavailableError(target)],
    ['an exec without an answer', new ExecTimeoutError(target, 30_000)],
    ['a container that seems gone', new ContainerGoneError(target)],
    ['a runtime that could not start it', new ExecRefusedError(target, 'busy')],
    ['a command that was killed', { exitCode: 137 }],
    ['an error nobody expected', new Error('?')],
  ])('%s is tried again', async (_name, trouble) => {
    const exec = createExec({ 'kd-setup': [trouble, trouble, { stdout: finished }] });
    start(exec);
    begin(setup());
    await settle();
    expect(exec.steps).toEqual(['kd-setup', 'kd-setup', 'kd-setup']);
    expect(result()?.ok).toBe(true);
  });

  test('a runtime that is away for some seconds ends no set-up', async () => {
    const exec = createExec({ 'kd-setup': new ExecRefusedError(target, 'shutting down') });
    start(exec);
    begin(setup());
    await settle(20_000);
    expect(result()).toBeUndefined();
  });

  test('an image without bash is a failure that says so', async () => {
    start(createExec({ 'kd-setup': new ExecRefusedError(target, 'stat /bin/bash: no such file or directory') }));
    begin(setup());
    await settle();
    expect(result()).toMatchObject({ ok: false });
    expect(JSON.stringify(result())).toMatch(/needs bash.*stat \/bin\/bash/);
  });

  test('an unreachable container counts as failed after a while, with the reason, and is tried again', async () => {
    const cause = new Error('no route to host');
    const exec = createExec({ 'kd-setup': new ExecUnavailableError(target, { cause }) });
    start(exec);
    begin(setup());
    await settle(10_000);
    expect(runner.report(key)).toMatchObject({ failures: 0 });
    await settle(120_000);
    expect(runner.report(key)?.failures).toBeGreaterThan(0);
    expect(runner.report(key)?.message).toContain('no route to host');
    const tried = exec.steps.length;
    await settle(120_000);
    expect(exec.steps.length).toBeGreaterThan(tried);
    expect(result()).toBeUndefined();
  });

  test('a configmeta.json that cannot be written counts as failed from the third time on', async () => {
    const refresh = {
      type: 'refresh',
      containerID,
      layout: 'new',
      data: { generation: 4, connectionHash: 'h' },
    } as const;
    const full = { exitCode: 1, stderr: 'No space left on device' };
    start(createExec({ 'kd-write-configmeta': [full, full, {}] }));
    begin(refresh);
    await settle();
    expect(runner.report(key)).toMatchObject({ failures: 0, result: { ok: true } });

    start(createExec({ 'kd-write-configmeta': full }));
    begin(refresh);
    await settle(60_000);
    expect(runner.report(key)?.failures).toBeGreaterThan(0);
    expect(runner.report(key)?.message).toContain('No space left on device');
  });
});

describe('the runner', () => {
  test('does not begin the same task twice, and reports only what is new', async () => {
    const exec = createExec({});
    start(exec);
    begin(setup());
    begin(setup());
    await settle();
    begin(setup());
    await settle();
    expect(exec.steps.filter((step) => step === 'kd-setup')).toHaveLength(1);
    expect(reports).toBe(1);
  });

  test('replaces an earlier task of a pod by a later one', async () => {
    let aborted = false;
    start({
      exec: (_target, _command, { signal } = {}) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            aborted = true;
            reject(new Error('aborted'));
          });
        }),
    });
    begin(setup());
    await settle();
    begin({ type: 'refresh', containerID, layout: 'new', data: { generation: 4, connectionHash: 'h' } });
    expect(aborted).toBe(true);
    expect(runner.report(key)?.taskID).toBe(`refresh:${containerID}:4:h`);
  });

  test('works on no more pods at a time than it may', async () => {
    let busy = 0;
    let most = 0;
    start(
      {
        exec: async () => {
          busy += 1;
          most = Math.max(most, busy);
          await new Promise((resolve) => setImmediate(resolve));
          busy -= 1;
          return { exitCode: 0, stdout: '', stderr: '' };
        },
      },
      3,
    );
    for (let pod = 0; pod < 10; pod++) {
      begin(
        { type: 'refresh', containerID, layout: 'old', data: { generation: 1, connectionHash: '' } },
        undefined,
        `ns/p-${pod}`,
      );
    }
    await settle();
    expect(most).toBe(3);
    for (let pod = 0; pod < 10; pod++) expect(runner.report(`ns/p-${pod}`)?.result?.ok).toBe(true);
  });

  test('ends the work only for a cluster that no longer exists', async () => {
    start(createExec({ 'kd-setup-status': { stdout: state({}) } }));
    begin(setup());
    await settle(10_000);
    runner.forgetCluster('ns/other');
    expect(runner.report(key)).toBeDefined();
    runner.forgetCluster('ns/cluster');
    expect(runner.report(key)).toBeUndefined();
    await settle();
  });

  test('has no timer once its work is done', async () => {
    begin(setup());
    await settle();
    expect(clock.next(Number.MAX_SAFE_INTEGER)).toBe(false);
  });
});
