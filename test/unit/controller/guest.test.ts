import { describe, expect, test } from 'vitest';
import { defaultTimings } from '../../../src/controller/guest/tasks.ts';
import {
  begin,
  containerID,
  createExec,
  eachWithRunner,
  finished,
  key,
  result,
  runner,
  setOnReport,
  settle,
  setup,
  start,
  state,
} from './guest-fixture.ts';

eachWithRunner();

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
        given = { command: command.slice(4), stdin: Buffer.from(stdin).toString().slice(-5) };
        return Promise.resolve({ exitCode: 0, stdout: finished, stderr: '' });
      },
    });
    const injections = [{ srcURL: 'http://a/b', destDir: '/c', mode: '644', owner: 'o', group: '' }];
    begin(setup({ injections, systemd: true }), new Uint8Array([97, 98, 99]));
    await settle();
    expect(given).toEqual({
      command: [
        ...['kd-setup', '1@data', containerID, '256', '3:h', 'new', '2', '3', 'yes', '14400', 'http://x/p.tgz'],
        ...['v1', 'no', '', '14400', 'no'],
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
    setOnReport(() => told.push(runner.report(key)?.message ?? ''));
    begin(setup());
    await settle();
    expect(told.slice(0, 2)).toEqual(['running startscript --configure', 'running startscript --configure for 1 min']);
    expect(told).toHaveLength(3);
  });
});
