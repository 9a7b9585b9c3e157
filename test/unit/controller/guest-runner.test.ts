/** The runner of guest tasks, and trouble on the way. */
import { describe, expect, test } from 'vitest';
import { supersededExit, supersededText } from '../../../src/guest/term.ts';
import {
  ContainerGoneError,
  ExecRefusedError,
  ExecTimeoutError,
  ExecUnavailableError,
} from '../../../src/clients/contract.ts';
import {
  begin,
  clock,
  containerID,
  createExec,
  eachWithRunner,
  finished,
  key,
  reports,
  result,
  runner,
  settle,
  setup,
  start,
  state,
  superseded,
  target,
  type Answer,
} from './guest-fixture.ts';

eachWithRunner();

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

test('a container that a later leader has worked in says so, and its member is not given up', async () => {
  start(createExec({ 'kd-setup': { exitCode: supersededExit, stderr: `${supersededText}\n` } }));
  begin(setup());
  await settle();
  expect(superseded).toBeGreaterThan(0);
  expect(runner.report(key)?.result).toBeUndefined();
});
