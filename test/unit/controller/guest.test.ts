import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  ContainerGoneError,
  ExecTimeoutError,
  ExecUnavailableError,
  type ExecResult,
  type ExecTarget,
  type PodExec,
} from '../../../src/clients/contract.ts';
import { createGuestRunner, type GuestRunner } from '../../../src/controller/guest/runner.ts';
import { taskID, type GuestTaskPlan, type SetupPlan } from '../../../src/controller/guest/task.ts';
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

/** Answers by step; a list is used up one by one, its last answer stays. */
function createExec(answers: Record<string, Answer | Answer[]>): PodExec & { steps: string[] } {
  const steps: string[] = [];
  const defaults: Record<string, Answer> = {
    'kd-probe': { stdout: 'configure=\nstartscript=absent\nconfigcli=present\n' },
    'kd-configure-status': { stdout: `alive=no\nconfigure=${containerID}=0\nstdout=\nstderr=\n` },
  };
  return {
    steps,
    exec(_target: ExecTarget, command: readonly string[]) {
      const step = command[3] ?? '';
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

function start(exec: PodExec, workers = 2): void {
  clock = createTestClock();
  reports = 0;
  runner = createGuestRunner({
    ...{ exec, clock, workers, random: () => 0.5, logger: silentLogger, metrics: createMetrics() },
    onReport: () => (reports += 1),
  });
  runner.start(new AbortController().signal);
}

function begin(task: GuestTaskPlan, guestTools?: Uint8Array, pod = key): void {
  const advance = createAdvance(task, { timings: defaultTimings, document: '{}', guestTools });
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

describe('setting a member up', () => {
  test('goes through all steps in their order', async () => {
    const exec = createExec({ 'kd-probe': { stdout: 'configure=\nstartscript=absent\nconfigcli=absent\n' } });
    start(exec);
    const injections = [{ srcURL: 'http://a/b', destDir: '/c', mode: '', owner: '', group: '' }];
    begin(setup({ injections, systemd: true }), new Uint8Array([1]));
    await settle();
    expect(exec.steps).toEqual([
      ...['kd-probe', 'kd-inject-file', 'kd-systemd', 'kd-write-configmeta', 'kd-install-configcli'],
      ...['kd-fetch-package', 'kd-start-configure', 'kd-configure-status'],
    ]);
    expect(runner.report(key)?.result).toEqual({
      ...{ ok: true, data: { generation: 3, connectionHash: 'h' }, configured: true },
    });
  });

  test("goes on with polling where this container's run has begun already", async () => {
    const exec = createExec({
      'kd-probe': { stdout: `configure=${containerID}=\nstartscript=present\nconfigcli=present\n` },
      'kd-configure-status': [
        { stdout: `alive=yes\nconfigure=${containerID}=\n` },
        { stdout: `alive=yes\nconfigure=${containerID}=0\n` },
      ],
    });
    start(exec);
    begin(setup());
    await settle();
    expect(exec.steps).toEqual(['kd-probe', 'kd-configure-status', 'kd-configure-status']);
    expect(runner.report(key)?.result?.ok).toBe(true);
  });

  test.each([
    ['finished well in another container', '=0', 0],
    ['failed in another container', '=1', 1],
    ['was cut off in another container', '=', 1],
  ])('repeats a run that %s as often as needed', async (_name, end, runs) => {
    const stdout = `configure=containerd://other${end}\nstartscript=present\nconfigcli=present\n`;
    const exec = createExec({ 'kd-probe': { stdout } });
    start(exec);
    begin(setup());
    await settle();
    expect(exec.steps.filter((step) => step === 'kd-start-configure')).toHaveLength(runs);
    expect(exec.steps).not.toContain('kd-fetch-package');
  });

  test('skips the run where the role does not listen to configure', async () => {
    const exec = createExec({});
    start(exec);
    begin(setup({ configure: false }));
    await settle();
    expect(exec.steps).not.toContain('kd-start-configure');
    expect(runner.report(key)?.result).toMatchObject({ ok: true, configured: false });
  });

  test('asks systemd again until it answers, without repeating what came before', async () => {
    const exec = createExec({ 'kd-systemd': [{ exitCode: 1 }, { exitCode: 1 }, {}] });
    start(exec);
    const injections = [{ srcURL: 'http://a/b', destDir: '/c', mode: '', owner: '', group: '' }];
    begin(setup({ systemd: true, injections }));
    await settle();
    expect(exec.steps.filter((step) => step === 'kd-inject-file')).toHaveLength(1);
    expect(exec.steps.filter((step) => step === 'kd-systemd')).toHaveLength(3);
    expect(runner.report(key)?.result?.ok).toBe(true);
  });

  test('says that configcli is missing where it neither is in the image nor was given', async () => {
    start(createExec({ 'kd-probe': { stdout: 'configure=\nstartscript=absent\nconfigcli=absent\n' } }));
    begin(setup());
    await settle();
    expect(runner.report(key)?.result).toMatchObject({ ok: true, configcliMissing: true });
  });

  test('fails with what a step said', async () => {
    start(createExec({ 'kd-fetch-package': { exitCode: 22, stderr: 'curl: (22) 404\n' } }));
    begin(setup());
    await settle();
    expect(runner.report(key)?.result).toEqual({
      ok: false,
      detail: 'fetching http://x/p.tgz failed with exit status 22: curl: (22) 404',
      ...{ stdout: '', stderr: '' },
    });
  });

  test('fails with the output of a run that failed or was killed', async () => {
    const stdout = `configure=${containerID}=9\nalive=no\nstdout=${btoa('o')}\nstderr=${btoa('e')}\n`;
    start(createExec({ 'kd-configure-status': { stdout } }));
    begin(setup());
    await settle();
    expect(runner.report(key)?.result).toMatchObject({ ok: false, stdout: 'o', stderr: 'e' });

    start(createExec({ 'kd-configure-status': { stdout: `alive=no\nconfigure=${containerID}=\n` } }));
    begin(setup());
    await settle();
    expect(runner.report(key)?.result).toMatchObject({ ok: false, detail: 'startscript --configure was killed' });
  });

  test('takes a download that never ends for a failure', async () => {
    start(createExec({ 'kd-fetch-package': new ExecTimeoutError(target, 1_500_000) }));
    begin(setup());
    await settle();
    expect(runner.report(key)?.result).toMatchObject({
      ok: false,
      detail: 'fetching http://x/p.tgz took longer than 25 minutes',
    });
  });
});

describe('trouble on the way', () => {
  test.each<[string, Error]>([
    ['an exec that could not be begun', new ExecUnavailableError(target)],
    ['an exec without an answer', new ExecTimeoutError(target, 30_000)],
    ['a container that seems gone', new ContainerGoneError(target)],
    ['an error nobody expected', new Error('?')],
  ])('%s is tried again', async (_name, error) => {
    const probe = { stdout: 'configure=\nstartscript=present\nconfigcli=present\n' };
    const exec = createExec({ 'kd-probe': [error, error, probe] });
    start(exec);
    begin(setup());
    await settle();
    expect(exec.steps.slice(0, 3)).toEqual(['kd-probe', 'kd-probe', 'kd-probe']);
    expect(runner.report(key)?.result?.ok).toBe(true);
  });
});

describe('a notification', () => {
  const notify = { type: 'notify', containerID, id: 'x', args: ['--reconnect'] } as const;

  test('is delivered again until it succeeds, each time as a run of its own', async () => {
    const ids: string[] = [];
    const answers = ['notify=running\n', 'notify=10\n', 'notify=running\n', 'notify=0\n'];
    start({
      exec: (_target, command) => {
        ids.push(command[5] ?? '');
        return Promise.resolve({ exitCode: 0, stdout: answers.shift() ?? '', stderr: '' });
      },
    });
    begin(notify);
    await settle();
    expect(ids).toEqual(['x-0', 'x-0', 'x-1', 'x-1']);
    expect(runner.report(key)).toMatchObject({ result: { ok: true }, failures: 1 });
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
    expect(exec.steps.filter((step) => step === 'kd-probe')).toHaveLength(1);
    expect(reports).toBe(1);
  });

  test('lets a later task of a pod take the place of an earlier one', async () => {
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

  test('ends the work for a cluster that is no more, and no other', async () => {
    start(createExec({ 'kd-systemd': { exitCode: 1 } }));
    begin(setup({ systemd: true }));
    await settle(10_000);
    runner.forgetCluster('ns/other');
    expect(runner.report(key)).toBeDefined();
    runner.forgetCluster('ns/cluster');
    expect(runner.report(key)).toBeUndefined();
    await settle();
  });

  test('has nothing to wait for once its work is done', async () => {
    begin(setup());
    await settle();
    expect(clock.next(Number.MAX_SAFE_INTEGER)).toBe(false);
  });
});
