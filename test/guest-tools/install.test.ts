import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import process from 'node:process';
import { afterEach, describe, expect, it } from 'vitest';
import { configcli } from '../../src/controller/guest/scripts/member-files.ts';
import { createGuest, packageFile, runProgram, type Guest, type Layout } from './support/guest.ts';
import { shop } from './support/shop.ts';

let guest: Guest;
afterEach(() => guest.remove());

const names = ['bd_vcli', 'bdvcli', 'ccli', 'configcli', 'configmacro'];
const mode = (path: string): number => statSync(path).mode & 0o777;
const tree = (root: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => {
      const file = `${root}/${name}`;
      const stat = lstatSync(file);
      return [name, `${stat.mode} ${stat.isFile() ? readFileSync(file, 'base64') : ''}`];
    }),
  );

describe('the package', () => {
  it('is the same whenever it is built', () => {
    guest = createGuest();
    const build =
      "import('./tools/guest-tools.js').then(({ packGuestTools }) => process.stdout.write(packGuestTools()))";
    expect(execFileSync(process.execPath, ['-e', build]).equals(readFileSync(packageFile))).toBe(true);
  });

  it('is one folder with an installer, owned by root', () => {
    guest = createGuest();
    const lines = execFileSync('tar', ['--numeric-owner', '-tvzf', packageFile], { encoding: 'utf8' })
      .trim()
      .split('\n');
    for (const line of lines) expect(line).toMatch(/^[-d]rw[-x]r-[-x]r-[-x] 0\/0 .* configcli-1\.0\//);
    expect(lines.filter((line) => line.startsWith('-rwxr-xr-x')).map((line) => line.split('/').at(-1))).toEqual([
      'configcli',
      'install',
    ]);
  });
});

describe.each<Layout>(['new', 'old'])('installing it in the %s layout', (layout) => {
  const prefix = layout === 'new' ? 'usr/local' : 'usr';

  it('makes every command, with bash and coreutils alone', async () => {
    guest = createGuest(layout);
    guest.write(shop);
    chmodSync(guest.path('etc/guestconfig/configmeta.json'), 0o600);
    expect(await guest.install()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readdirSync(guest.path(prefix, 'bin')).filter((name) => names.includes(name))).toEqual(names);
    for (const name of names) {
      expect(realpathSync(guest.path('usr/bin', name))).toBe(guest.path(prefix, 'bin/configcli'));
    }
    expect(mode(guest.path(prefix, 'bin/configcli'))).toBe(0o755);
    expect(mode(guest.path('etc/guestconfig/configmeta.json'))).toBe(0o644);
    for (const path of ['opt/guestconfig', 'var/log/guestconfig']) expect(mode(guest.path(path)) & 0o111).toBe(0o111);
    expect(readdirSync(guest.path('var/log/guestconfig'))).toEqual([]);
    expect((await guest.run(['--get', 'node.id'])).stdout).toBe('1\n');
  });

  it('changes nothing the second time, and replaces wrong files', async () => {
    guest = createGuest(layout);
    await guest.install();
    const before = tree(guest.root);
    expect(await guest.install()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(tree(guest.root)).toEqual(before);
    writeFileSync(guest.path(prefix, 'bin/configcli'), 'old');
    await guest.install();
    expect(tree(guest.root)).toEqual(before);
  });

  it('works after the links in /usr/bin are made as after a restart', async () => {
    guest = createGuest(layout);
    guest.write(shop);
    await guest.install();
    const script = `root=${guest.root}\n${configcli}link_configcli "$1"`;
    expect(await runProgram('bash', ['--norc', '-c', script, 'kd-setup', layout])).toMatchObject({ code: 0 });
    for (const name of names.filter((each) => each !== 'configmacro')) {
      expect((await guest.run(['-g', 'node.id'], { name })).stdout).toBe('1\n');
    }
    expect((await guest.run(['node', '--get_self_id'], { name: 'configmacro' })).stdout).toBe('1\n');
  });

  it.each([`${prefix}/bin`, `${prefix}/lib/configcli`, 'opt/guestconfig', 'usr/bin'])(
    'says in one line that it cannot have the directory %s',
    async (path) => {
      guest = createGuest(layout);
      mkdirSync(guest.path(path, '..'), { recursive: true });
      writeFileSync(guest.path(path), 'a file');
      const result = await guest.install();
      expect(result).toMatchObject({ code: 1, stdout: '' });
      expect(result.stderr).toMatch(
        new RegExp(`^configcli install: cannot make directory ${guest.path(path)}[^\n]*\n$`),
      );
    },
  );

  it('says in one line that it cannot write to a directory', async () => {
    guest = createGuest(layout);
    for (const path of ['opt/guestconfig', 'var/log/guestconfig']) mkdirSync(guest.path(path), { recursive: true });
    const bin = guest.path(prefix, 'bin');
    mkdirSync(bin, { recursive: true });
    chmodSync(bin, 0o555);
    // Nothing is read-only to root.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534 } : {};
    if ('uid' in nobody)
      for (const path of ['opt/guestconfig', 'var/log/guestconfig']) execFileSync('chown', ['65534', guest.path(path)]);
    expect(await guest.install(nobody)).toEqual({
      ...{ code: 1, stdout: '' },
      stderr: `configcli install: cannot write to directory ${bin}\n`,
    });
    expect(existsSync(guest.path(prefix, 'bin/configcli'))).toBe(false);
    chmodSync(bin, 0o755);
  });
});

describe('the installer', () => {
  it('takes no other argument', async () => {
    guest = createGuest();
    const unpacked = guest.path('..', 'package', 'configcli-1.0', 'install');
    const result = await runProgram(unpacked, ['--old'], { env: { PATH: guest.barePath, KD_GUEST_ROOT: guest.root } });
    expect(result).toEqual({ code: 2, stdout: '', stderr: 'usage: install [--new | --to DIRECTORY]\n' });
  });
});
