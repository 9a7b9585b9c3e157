/** How kd-setup gets the setup package of a member: from an address, and from an image. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { archive, at, eachInItsRoot, mode, root, write } from './guest-scripts.ts';
import { complete, error, exitOf, url } from './set-up-fixture.ts';

eachInItsRoot();

describe('the setup package', () => {
  test('replaces what was there by the unpacked package, startscript executable', async () => {
    write('opt/guestconfig/old/file', '');
    write('opt/guestconfig/.hidden', '');
    write('opt/guestconfig/configure.status', 'containerd://before=0\n');
    const packageURL = url(archive('appconfig', { startscript: `#!/bin/bash\ntouch "${root}/ran"\n`, 'lib/a': 'b' }));
    chmodSync(at('src/appconfig/startscript'), 0o644);
    expect(exitOf(await complete({ packageURL }))).toBe(0);
    const names = readdirSync(at('opt/guestconfig')).filter((name) => !name.startsWith('.setup.'));
    expect(names).toEqual(['appconfig', 'configure.status', 'configure.stderr', 'configure.stdout']);
    expect(mode('opt/guestconfig')).toBe('700');
    expect(statSync(at('opt/guestconfig/appconfig/startscript')).mode & 0o111).not.toBe(0);
    expect(existsSync(at('ran'))).toBe(true);
  });

  test.each([
    ['holds no startscript', () => archive('nothing', { readme: '' }), 'it holds no */startscript'],
    ['is no archive', () => (write('text.tgz', 'text'), at('text.tgz')), 'gzip'],
    ['is not there', () => at('absent.tgz'), 'curl: (37)'],
  ])('that %s is a failure that says so, and keeps what was there', async (_name, make, words) => {
    write('opt/guestconfig/old/file', '');
    const packageURL = url(make());
    const lines = await complete({ packageURL, tailBytes: 100 });
    expect(lines.get('stage')).toBe('failed');
    expect(error(lines)).toContain(packageURL);
    expect(error(lines)).toContain(words);
    expect(readdirSync(at('opt/guestconfig'))).toContain('old');
  });
});

describe('a setup package in an image', () => {
  const packageURL = 'oci://registry.example.com:5000/packages/app:1.0';
  const mount = 'run/kubedirector/package';
  const script = '#!/bin/bash\ncat "${0%/*}/lib/a"\n';

  test.each([
    ['as a folder', () => [`${mount}/app/startscript`, `${mount}/app/lib/a`]],
    ['as an archive', () => []],
  ])('is unpacked from there, %s, and read only', async (how, files) => {
    for (const file of files()) write(file, file.endsWith('startscript') ? script : 'b', true);
    if (how === 'as an archive') {
      const made = archive('app', { startscript: script, 'lib/a': 'b' });
      mkdirSync(at(mount), { recursive: true });
      renameSync(made, at(`${mount}/app.tgz`));
    }
    // What else is in the image is no part of the package.
    write(`${mount}/etc/other`, 'c');
    const before = readdirSync(at(mount), { recursive: true }).toSorted();
    const lines = await complete({ packageURL });
    expect({ exit: exitOf(lines), error: error(lines) }).toEqual({ exit: 0, error: '' });
    expect(readFileSync(at('opt/guestconfig/configure.stdout'), 'utf8')).toBe('b');
    expect(existsSync(at('opt/guestconfig/etc'))).toBe(false);
    expect(readdirSync(at(mount), { recursive: true }).toSorted()).toEqual(before);
  });

  test('needs no curl', async () => {
    write(`${mount}/app/startscript`, script, true);
    write(`${mount}/app/lib/a`, 'b');
    const programs = 'base64 bash cat chmod cp gzip head ln mkdir mktemp mv readlink rm sleep stat tail tar timeout wc';
    const PATH = at('programs');
    for (const name of programs.split(' ')) {
      mkdirSync(PATH, { recursive: true });
      symlinkSync(execFileSync('bash', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(), join(PATH, name));
    }
    const lines = await complete({ packageURL }, { PATH });
    expect({ exit: exitOf(lines), error: error(lines) }).toEqual({ exit: 0, error: '' });
  });

  test.each([
    ['nothing', []],
    ['two archives', [`${mount}/a.tgz`, `${mount}/b.tgz`]],
    ['two folders', [`${mount}/a/startscript`, `${mount}/b/startscript`]],
  ])('that holds %s is a failure that says so', async (_what, files) => {
    for (const file of files) write(file, '', true);
    const lines = await complete({ packageURL, tailBytes: 200 });
    expect(lines.get('stage')).toBe('failed');
    expect(error(lines)).toBe(
      `fetching the package ${packageURL} failed with exit status 4: the image holds neither one .tgz file nor one folder with a startscript\n`,
    );
  });
});

test("what curl says of a certificate reaches the user in curl's own first words", async () => {
  const advice = 'More details here: https://x\n\ncurl failed to verify the legitimacy\nand could not\nestablish it.';
  const words = 'curl: (60) SSL certificate problem: certificate is not yet valid';
  write('bin/curl', `#!/bin/bash\nprintf '%s\\n' '${words}' '${advice}' >&2\nexit 60\n`, true);
  const lines = await complete({}, { PATH: `${at('bin')}:${process.env['PATH'] ?? ''}` });
  expect(error(lines)).toContain(`failed with exit status 60: ${words} (is the clock of the pod's node right`);
});

test('a download that takes its whole time says so', async () => {
  write('bin/timeout', '#!/bin/bash\nexit 124\n', true);
  const lines = await complete({}, { PATH: `${at('bin')}:${process.env['PATH'] ?? ''}` });
  expect(error(lines)).toBe('fetching the package file:///none took too long\n');
});
