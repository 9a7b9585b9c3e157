/** The scripts in the pod template, run by the local bash in a scratch folder that stands for the root. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyMountOf, initArgs, postStartCommand } from '../../../src/controller/plan/objects/scripts.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kd-pod-'));
  mkdirSync(join(root, 'etc'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const at = (path: string): string => join(root, path);

describe('the postStart hook', () => {
  /** With what images are sure to have, and no more. */
  const run = (): string => {
    const [command = '', ...args] = postStartCommand('kdhs-x', root);
    mkdirSync(at('bin'), { recursive: true });
    for (const tool of ['cat', 'mktemp', 'rm', 'sleep']) {
      if (!existsSync(at(`bin/${tool}`))) symlinkSync(`/usr/bin/${tool}`, at(`bin/${tool}`));
    }
    expect(spawnSync(command, args, { encoding: 'utf8', env: { PATH: at('bin'), SHLVL: '2' } })).toMatchObject({
      status: 0,
      stderr: '',
    });
    return readFileSync(at('etc/resolv.conf'), 'utf8');
  };

  test('puts the headless Service in front of the search list, once', () => {
    const text = 'search ns.svc.cluster.local svc.cluster.local\nnameserver 10.0.0.10\noptions ndots:5\n';
    writeFileSync(at('etc/resolv.conf'), text);
    const wanted = text.replace('search ', 'search kdhs-x.ns.svc.cluster.local ');
    expect(run()).toBe(wanted);
    expect(run()).toBe(wanted);
  });

  test('writes through, as /etc/resolv.conf is a mount that nothing can be renamed over', () => {
    writeFileSync(at('real'), 'search a.b\n');
    symlinkSync(at('real'), at('etc/resolv.conf'));
    run();
    expect(readFileSync(at('real'), 'utf8')).toBe('search kdhs-x.a.b a.b\n');
  });
});

describe('the postStart hook, of an /etc/resolv.conf', () => {
  test('with several search lists and no newline at its end, changes what the resolver heeds', () => {
    const [command = '', ...args] = postStartCommand('kdhs-x', root);
    writeFileSync(at('etc/resolv.conf'), 'search old.x\n# a "quoted" \\line\nsearch a.b c.d');
    expect(spawnSync(command, args, { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    const lines = readFileSync(at('etc/resolv.conf'), 'utf8').trimEnd().split('\n');
    expect(lines.slice(1)).toEqual(['# a "quoted" \\line', 'search kdhs-x.a.b a.b c.d']);
  });
});

describe('the init container', () => {
  const run = (directories: string[]) => spawnSync('/bin/bash', initArgs(directories, { root }), { encoding: 'utf8' });

  test('copies the directories once, and makes those that the image lacks', () => {
    mkdirSync(at('opt/my app'), { recursive: true });
    writeFileSync(at('opt/my app/file'), 'one');
    writeFileSync(at('etc/hosts'), 'h');
    expect(run(['/etc', '/opt/my app', '/data'])).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(at('mnt/opt/my app/file'), 'utf8')).toBe('one');
    expect(readFileSync(at('mnt/etc/hosts'), 'utf8')).toBe('h');
    expect(existsSync(at('mnt/data'))).toBe(true);
    expect(existsSync(at('mnt/etc/kubedirector.init'))).toBe(true);
    writeFileSync(at('opt/my app/file'), 'two');
    expect(run(['/etc', '/opt/my app', '/data']).status).toBe(0);
    expect(readFileSync(at('mnt/opt/my app/file'), 'utf8')).toBe('one');
  });

  test.each(['/mnt', '/mnt/data'])('copies %s, where it usually has the volume', (directory) => {
    mkdirSync(at(directory), { recursive: true });
    writeFileSync(at(`${directory}/file`), 'one');
    expect(copyMountOf([directory, '/etc'])).toBe('/kubedirector.volume');
    expect(run([directory, '/etc'])).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(at(`kubedirector.volume${directory}/file`), 'utf8')).toBe('one');
    expect(copyMountOf(['/mnt2', '/etc'])).toBe('/mnt');
  });

  test('starts over when it was interrupted', () => {
    mkdirSync(at('mnt/etc'), { recursive: true });
    writeFileSync(at('etc/hosts'), 'h');
    expect(run(['/etc']).status).toBe(0);
    expect(readFileSync(at('mnt/etc/hosts'), 'utf8')).toBe('h');
  });
});
