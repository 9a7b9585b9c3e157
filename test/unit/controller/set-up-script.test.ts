/** What kd-setup and kd-setup-status do in a container. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { guestSteps } from '../../../src/controller/guest/steps.ts';
import { decodeTail, parseLines } from '../../../src/guest/answers.ts';
import { parseConfigureStatus } from '../../../src/guest/files.ts';
import { archive, at, container, eachInItsRoot, kill, root, run, startscript, until, write } from './guest-scripts.ts';
import { complete, ended, error, exitOf, setup, url } from './set-up-fixture.ts';

eachInItsRoot();

const leftovers = (): string[] => readdirSync(at('opt/guestconfig')).filter((name) => name.startsWith('.setup.'));

describe('kd-setup', () => {
  test('runs startscript --configure in the background, and leaves its exit status and output tails', async () => {
    startscript('echo "args: $*"; echo "123456789" >&2; exit 3');
    const lines = await complete();
    expect(parseConfigureStatus(lines.get('configure') ?? '')).toEqual({ containerID: container, exitCode: 3 });
    expect(decodeTail(lines.get('stdout'))).toBe('nfigure\n');
    expect(decodeTail(lines.get('stderr'))).toBe('3456789\n');
    expect(readFileSync(at('etc/guestconfig/configmeta.json'), 'utf8')).toBe('{"ä":1}');
    await until(
      guestSteps.setupStatus(container, 8),
      () => leftovers().join() === '.setup.data,.setup.status,.setup.term',
    );
  });

  test('says nothing of output where all went well', async () => {
    startscript('echo fine');
    const lines = await complete();
    expect(exitOf(lines)).toBe(0);
    expect(lines.has('stdout')).toBe(false);
  });

  test('does not start a second run beside the first, or after it, however many ask at once', async () => {
    startscript(`echo run >> "${root}/runs"; while [ ! -e "${root}/go" ]; do sleep 0.02; done`);
    const answers = await Promise.all(Array.from({ length: 8 }, () => run(setup())));
    expect(answers.map(({ code }) => code)).toEqual(Array(8).fill(0));
    await until(guestSteps.setupStatus(container, 8), (lines) => lines.get('stage') === 'configure');
    const busy = parseLines((await run(setup())).stdout);
    expect([busy.get('alive'), busy.get('stage'), busy.get('configure')]).toEqual([
      'yes',
      'configure',
      `${container}=`,
    ]);
    write('go', '');
    await until(guestSteps.setupStatus(container, 8), ended);
    await run(setup());
    expect(readFileSync(at('runs'), 'utf8')).toBe('run\n');
  });

  test('says which contents the document has that was written, whatever later ones are given', async () => {
    startscript(`while [ ! -e "${root}/go" ]; do sleep 0.02; done`);
    await run(setup());
    await until(guestSteps.setupStatus(container, 8), (lines) => lines.get('stage') === 'configure');
    const busy = parseLines((await run(setup({ data: '4:other', document: '{}' }))).stdout);
    expect(busy.get('data')).toBe('3:hash');
    write('go', '');
    expect((await until(guestSteps.setupStatus(container, 8), ended)).get('data')).toBe('3:hash');
    expect(readFileSync(at('etc/guestconfig/configmeta.json'), 'utf8')).toBe('{"ä":1}');
    const next = await complete({ containerID: 'containerd://two', data: '4:other', document: '{}' });
    expect(next.get('data')).toBe('4:other');
    expect((await run(guestSteps.setupStatus('containerd://three', 8))).stdout).not.toContain('data=');
  });

  test('waits for one that was meant for the container before, and came too late', async () => {
    startscript(`echo run >> "${root}/runs"; while [ ! -e "${root}/go" ]; do sleep 0.02; done`);
    await run(setup({ containerID: 'containerd://before' }));
    await until(guestSteps.setupStatus('containerd://before', 8), (lines) => lines.get('stage') === 'configure');
    const waiting = parseLines((await run(setup())).stdout);
    expect([waiting.get('alive'), waiting.get('stage')]).toEqual(['yes', '']);
    write('go', '');
    await until(guestSteps.setupStatus(container, 8), (lines) => lines.get('alive') === 'no');
    await complete();
    expect(readFileSync(at('runs'), 'utf8')).toBe('run\n');
  });

  test('prints the state last, behind output of any length, and no output while it runs', async () => {
    startscript(`head -c 30000 /dev/zero | tr '\\0' x; while [ ! -e "${root}/go" ]; do sleep 0.02; done; exit 3`);
    await run(setup({ tailBytes: 30_000 }));
    const status = guestSteps.setupStatus(container, 30_000);
    expect((await until(status, (lines) => lines.get('stage') === 'configure')).has('stdout')).toBe(false);
    write('go', '');
    await until(status, ended);
    const { stdout } = await run(status);
    expect(stdout.length).toBeLessThan(status.maxOutputBytes ?? 0);
    expect(exitOf(parseLines(stdout.slice(-500)))).toBe(3);
  });

  test('is begun again over and over while it downloads, and disturbs nothing', async () => {
    const served = archive('pkg', { startscript: `#!/bin/bash\necho run >> "${root}/runs"\n` });
    // A curl that takes its time.
    write('bin/curl', `#!/bin/bash\nsleep 0.4\nexec /usr/bin/curl "$@"\n`, true);
    const env = { PATH: `${at('bin')}:${process.env['PATH'] ?? ''}` };
    const change = { packageURL: url(served) };
    await Promise.all(Array.from({ length: 4 }, () => run(setup(change), env)));
    const lines = await complete(change, env);
    expect([exitOf(lines), error(lines)]).toEqual([0, '']);
    expect(readFileSync(at('runs'), 'utf8')).toBe('run\n');
  });

  test('starts over in another container, unless that had ended well on the same volume', async () => {
    startscript(`echo run >> "${root}/runs"; exit "$(cat "${root}/exit")"`);
    write('exit', '1');
    await complete();
    write('exit', '0');
    expect(exitOf(await complete({ containerID: 'containerd://two' }))).toBe(0);
    const third = await complete({ containerID: 'containerd://three' });
    expect([third.get('stage'), third.get('configure')]).toEqual(['ready', 'containerd://two=0']);
    expect(readFileSync(at('runs'), 'utf8')).toBe('run\nrun\n');
  });

  test('sets a member up anew on the volume of another one, and leaves its data', async () => {
    const served = archive('pkg', { startscript: `#!/bin/bash\necho run >> "${root}/runs"\n` });
    await complete({ packageURL: url(served) });
    write('data/file', 'kept');
    write('opt/guestconfig/old/startscript', '#!/bin/bash\nexit 1\n', true);
    const change = { containerID: 'containerd://two', packageURL: url(served), anew: true };
    expect(exitOf(await complete(change))).toBe(0);
    expect(readFileSync(at('runs'), 'utf8')).toBe('run\nrun\n');
    expect(readFileSync(at('data/file'), 'utf8')).toBe('kept');
    expect(existsSync(at('opt/guestconfig/old'))).toBe(false);
    // Begun again in the same container, it has ended.
    expect(exitOf(await complete(change))).toBe(0);
    expect(readFileSync(at('runs'), 'utf8')).toBe('run\nrun\n');
  });

  test('starts over where only the package has outlived the container', async () => {
    startscript(`echo run >> "${root}/runs"`);
    // The folder is a mount point.
    write('bin/stat', `#!/bin/bash\necho "${root}/opt/guestconfig"\n`, true);
    const env = { PATH: `${at('bin')}:${process.env['PATH'] ?? ''}` };
    await complete({}, env);
    expect(exitOf(await complete({ containerID: 'containerd://two' }, env))).toBe(0);
    expect(readFileSync(at('runs'), 'utf8')).toBe('run\nrun\n');
    // So it is on a persistent volume, which has the other files, too.
    write('etc/kubedirector.init', '');
    expect((await complete({ containerID: 'containerd://three' }, env)).get('stage')).toBe('ready');
  });

  test('runs nothing for a role that leaves configure out', async () => {
    startscript(`touch "${root}/runs"`);
    expect((await complete({ configureLimit: undefined })).get('stage')).toBe('ready');
    expect(existsSync(at('runs'))).toBe(false);
  });

  test('shows a run that was killed as dead without a status, and does not repeat it by itself', async () => {
    startscript(`echo run >> "${root}/runs"; sleep 5`);
    await run(setup());
    await until(guestSteps.setupStatus(container, 8), (lines) => lines.get('stage') === 'configure');
    kill('.setup.lock');
    const lines = await until(guestSteps.setupStatus(container, 8), (found) => found.get('alive') === 'no');
    expect(parseConfigureStatus(lines.get('configure') ?? '')).toEqual({ containerID: container });
    await run(setup());
    expect(readFileSync(at('runs'), 'utf8')).toBe('run\n');
  });

  test('goes on where one was killed before its configure run, and clears away what that had left', async () => {
    const served = archive('pkg', { startscript: '#!/bin/bash\n' });
    write('bin/curl', '#!/bin/bash\nsleep 30\n', true);
    const change = { packageURL: url(served) };
    await run(setup(change), { PATH: `${at('bin')}:${process.env['PATH'] ?? ''}` });
    await until(guestSteps.setupStatus(container, 8), (lines) => lines.get('stage') === 'package');
    kill('.setup.lock');
    await until(guestSteps.setupStatus(container, 8), (lines) => lines.get('alive') === 'no');
    expect(exitOf(await complete(change))).toBe(0);
    await until(
      guestSteps.setupStatus(container, 8),
      () => leftovers().join() === '.setup.data,.setup.status,.setup.term',
    );
  });

  test('takes a link that another container left on the volume for none', async () => {
    startscript('exit 0');
    symlinkSync(`containerd://old:${process.pid}`, at('opt/guestconfig/.setup.lock'));
    expect(exitOf(await complete())).toBe(0);
  });

  test('does not begin where the document arrives cut off', async () => {
    startscript('exit 0');
    const { stdin = '' } = setup();
    const { code, stderr } = await run({ ...setup(), stdin: stdin.slice(0, -1) });
    expect({ code, stderr }).toEqual({ code: 3, stderr: 'configmeta.json arrived incomplete\n' });
    expect(leftovers()).toEqual(['.setup.term']);
  });

  test('does nothing where its script arrives cut off, and says so', async () => {
    startscript('exit 0');
    const { stdin = '' } = setup();
    const before = leftovers();
    for (const bytes of [0, 1, 8000]) {
      const { code, stderr } = await run({ ...setup(), stdin: stdin.slice(0, bytes) });
      expect({ code, stderr }).toEqual({ code: 3, stderr: 'the script of kd-setup arrived incomplete\n' });
    }
    expect(leftovers()).toEqual(before);
  });

  test('says what it is about where a directory of the contract cannot be made', async () => {
    write('opt', 'a file');
    const { code, stderr } = await run(setup());
    expect(code).toBe(1);
    expect(stderr).toContain('mkdir');
  });

  test.each([
    ['curl', 'to fetch the package', {}],
    ['tar', 'to install configcli', { guestTools: new Uint8Array([1]) }],
  ])('says that the image lacks %s %s', async (tool, _what, change) => {
    mkdirSync(at('bin'));
    const coreutils = 'base64 bash cat chmod head ln mkdir mktemp mv readlink rm sleep tail wc'.split(' ');
    for (const name of coreutils) symlinkSync(`/usr/bin/${name}`, at(`bin/${name}`));
    const lines = await complete(change, { PATH: at('bin') });
    expect(error(lines)).toBe(
      `the image has no ${tool}: setting a member up needs bash, coreutils, curl and tar in it\n`,
    );
  });
});

test('a startscript that does not end is stopped at its limit', async () => {
  startscript('echo begun; sleep 30');
  const lines = await complete({ configureLimit: 1 });
  expect([exitOf(lines), decodeTail(lines.get('stdout'))]).toEqual([124, 'begun\n']);
  expect(Number(lines.get('seconds'))).toBeGreaterThanOrEqual(1);
}, 30_000);

test.each([124, 3])('a startscript may itself end with exit status %i', async (code) => {
  startscript(`exit ${code}`);
  const lines = await complete({ configureLimit: 60 });
  expect([exitOf(lines), Number(lines.get('seconds')) < 60]).toEqual([code, true]);
});
