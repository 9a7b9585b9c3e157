/** What a set-up leaves in a container besides the run itself: configcli, injected files, systemd. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { guestSteps } from '../../../src/controller/guest/steps.ts';
import { archive, at, container, eachInItsRoot, mode, root, run, startscript, until, write } from './guest-scripts.ts';
import { complete, ended, error, exitOf, setup, url } from './set-up-fixture.ts';

eachInItsRoot();

describe('configcli', () => {
  const installer =
    '#!/bin/bash\nmkdir -p "$BIN"; for n in configcli ccli configmacro; do echo "$*" > "$BIN/$n"; done\n';
  const env = () => ({ BIN: at('usr/local/bin') });

  test('is installed with all links of the new layout, beside a document of its own length', async () => {
    startscript('exit 0');
    const guestTools = readFileSync(archive('configcli-1.0', { install: installer }));
    const lines = await complete({ guestTools }, env());
    expect([exitOf(lines), lines.get('configcli'), error(lines)]).toEqual([0, 'present', '']);
    for (const name of ['configcli', 'ccli', 'configmacro', 'bdvcli', 'bd_vcli']) {
      expect(readFileSync(at(`usr/bin/${name}`), 'utf8')).toBe('--new\n');
    }
  });

  test('fails with its installer', async () => {
    startscript('exit 0');
    const guestTools = readFileSync(archive('configcli-1.0', { install: '#!/bin/bash\necho no python >&2; exit 7\n' }));
    const lines = await complete({ guestTools, layout: 'old' });
    expect(error(lines)).toBe('installing configcli failed with exit status 7: no python\n');
  });

  test('of the image stays, and gets its links again', async () => {
    startscript('exit 0');
    write('usr/local/bin/configcli', 'tool');
    const lines = await complete({ guestTools: new Uint8Array([1]) });
    expect(lines.get('configcli')).toBe('present');
    expect(readFileSync(at('usr/bin/bd_vcli'), 'utf8')).toBe('tool');
  });

  test.each([
    ['new', 'usr/bin'],
    ['old', 'usr/local/bin'],
    ['old', 'usr/bin'],
  ] as const)('of the image is found in the %s layout where it lies in %s', async (layout, folder) => {
    startscript('exit 0');
    write(`${folder}/configcli`, 'tool');
    write(`${folder}/configmacro`, 'macros');
    await complete({ layout });
    for (const name of ['configcli', 'bdvcli', 'bd_vcli']) {
      expect(readFileSync(at(`usr/bin/${name}`), 'utf8')).toBe('tool');
    }
    expect(readFileSync(at('usr/bin/configmacro'), 'utf8')).toBe('macros');
  });

  test('is not missed where neither image nor server have it', async () => {
    startscript('exit 0');
    const lines = await complete();
    expect([exitOf(lines), lines.get('configcli')]).toEqual([0, 'absent']);
    expect(existsSync(at('usr/bin'))).toBe(false);
  });
});

describe('file injections', () => {
  const file = { destDir: '/opt/my files', mode: '', owner: '', group: '' };

  test('put files under their own names into directories they make, with the mode asked for', async () => {
    startscript('exit 0');
    write('src/data.txt', 'hello');
    const srcURL = `${url(at('src/data.txt'))}?version=2`;
    const injections = [
      { ...file, srcURL, mode: '750' },
      { ...file, srcURL, destDir: '/b' },
    ];
    expect(exitOf(await complete({ injections }))).toBe(0);
    expect(readFileSync(at('opt/my files/data.txt'), 'utf8')).toBe('hello');
    expect(mode('opt/my files/data.txt')).toBe('750');
    expect(mode('b/data.txt')).toBe('644');
  });

  test.each([
    ['there is no such file', `file:///absent`, 'curl: (37)'],
    ['the URL names no file', 'http://host/', 'the URL names no file'],
  ])('fail, leaving nothing half done, where %s', async (_name, srcURL, words) => {
    const lines = await complete({ injections: [{ ...file, srcURL }] });
    expect(error(lines)).toContain(`injecting ${srcURL} into /opt/my files failed`);
    expect(error(lines)).toContain(words);
    expect(existsSync(at('opt/my files')) ? readdirSync(at('opt/my files')) : []).toEqual([]);
  });

  test.each(['/srv/link', '/srv/link/', '/srv/link/app'])(
    'are not led into the guest contract by a link: %s',
    async (destDir) => {
      write('src/startscript', 'echo mine');
      mkdirSync(at('opt/guestconfig'), { recursive: true });
      mkdirSync(at('srv'));
      symlinkSync(at('opt/guestconfig'), at('srv/link'));
      const lines = await complete({ injections: [{ ...file, destDir, srcURL: url(at('src/startscript')) }] });
      expect(error(lines)).toContain("which is KubeDirector's own; choose another destDir");
      expect(existsSync(at('opt/guestconfig/startscript'))).toBe(false);
      expect(existsSync(at('opt/guestconfig/app/startscript'))).toBe(false);
    },
  );

  test('run nothing that an argument contains', async () => {
    const evil = `$(touch ${root}/evil)\`touch ${root}/evil\`'; touch ${root}/evil; '`;
    const step = { mode: evil, owner: evil, group: evil, destDir: `/x/${evil}`, srcURL: `file:///${evil}` };
    await complete({ injections: [step], packageURL: evil });
    expect(existsSync(at('evil'))).toBe(false);
  });
});

describe('systemd', () => {
  test('is waited for', async () => {
    startscript('exit 0');
    write('bin/systemctl', `#!/bin/bash\n[ -e "${root}/up" ]\n`, true);
    const env = { PATH: `${at('bin')}:${process.env['PATH'] ?? ''}` };
    await run(setup({ systemd: true }), env);
    const waiting = await until(guestSteps.setupStatus(container, 8), (lines) => lines.get('stage') === 'systemd');
    expect(waiting.get('alive')).toBe('yes');
    write('up', '');
    expect(exitOf(await until(guestSteps.setupStatus(container, 8), ended))).toBe(0);
  });
});
