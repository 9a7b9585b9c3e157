/** Setting a member up as a user who may write only to the volumes that the pod has for it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { initArgs } from '../../../src/controller/plan/objects/scripts.ts';
import { guestSteps } from '../../../src/controller/guest/steps.ts';
import { parseLines } from '../../../src/guest/answers.ts';
import { archive, at, container, eachInItsRoot, root, runAs, write, type Lines } from './guest-scripts.ts';
import { error, exitOf, setup, url } from './set-up-fixture.ts';

const user = 65_534;
const packing = "import('./tools/guest-tools.js').then(({ packGuestTools }) => process.stdout.write(packGuestTools()))";
const guestTools = execFileSync(process.execPath, ['-e', packing]);
eachInItsRoot();

// Only root can become another user.
describe.skipIf(process.getuid?.() !== 0)('as a user other than root', () => {
  const volumes = ['etc/guestconfig', 'opt/guestconfig', 'var/log/guestconfig', 'tmp'];

  beforeEach(() => {
    chmodSync(root, 0o755);
    for (const path of ['usr/bin', 'usr/local/bin', 'usr/local/lib', ...volumes])
      mkdirSync(at(path), { recursive: true });
    // As Kubernetes makes an emptyDir: root's, and anybody may write to it.
    for (const path of volumes) chmodSync(at(path), 0o777);
  });

  async function complete(change: Parameters<typeof setup>[0]): Promise<Lines> {
    const begun = await runAs(user, setup(change));
    expect(begun).toMatchObject({ code: 0, stderr: '' });
    for (let attempt = 0; attempt < 200; attempt++) {
      const lines = parseLines((await runAs(user, guestSteps.setupStatus(container, 200))).stdout);
      if (exitOf(lines) !== undefined || lines.get('stage') === 'failed') return lines;
      await sleep(50);
    }
    throw new Error('it did not come to an end');
  }

  test.each([
    ['new', 'volumes of the pod'],
    ['old', 'volumes of the pod'],
    ['new', 'persistent storage'],
  ] as const)('runs the package in the %s layout on %s, which finds configcli', async (layout, storage) => {
    // The new layout keeps them on it, but not /usr/bin.
    if (storage === 'persistent storage')
      for (const path of ['usr/local/bin', 'usr/local/lib', ...volumes.slice(0, 3)]) chownSync(at(path), user, user);
    const body = `configcli --get node.id > "${root}/tmp/said" && id -u >> "${root}/tmp/said"`;
    const packageURL = url(archive('pkg', { startscript: `#!/bin/bash\n${body}\n` }));
    const document = JSON.stringify({ version: '7', node: { id: '4' } });
    const lines = await complete({ packageURL, document, layout, guestTools });
    expect([error(lines), exitOf(lines)]).toEqual(['', 0]);
    expect(readFileSync(at('tmp/said'), 'utf8')).toBe(`4\n${user}\n`);
    expect(existsSync(at('usr/local/bin/configcli'))).toBe(false);
  });

  test('takes the configcli of the image, which it can make no links to', async () => {
    write('usr/local/bin/configcli', '#!/bin/bash\n', true);
    const packageURL = url(archive('pkg', { startscript: '#!/bin/bash\n' }));
    expect(exitOf(await complete({ packageURL, guestTools }))).toBe(0);
    expect(existsSync(at('usr/bin/configcli'))).toBe(false);
  });

  test('shows configmeta.json to nobody else', async () => {
    const packageURL = url(archive('pkg', { startscript: '#!/bin/bash\n' }));
    await complete({ packageURL });
    expect((statSync(at('etc/guestconfig/configmeta.json')).mode & 0o777).toString(8)).toBe('600');
    const refresh = guestSteps.writeConfigmeta('new', '{"a":2}');
    expect(await runAs(user, refresh)).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(at('etc/guestconfig/configmeta.json'), 'utf8')).toBe('{"a":2}');
  });

  describe('the init container', () => {
    const run = () =>
      spawnSync('/bin/bash', initArgs(['/etc', '/data'], { root, rootless: true }), {
        ...{ encoding: 'utf8', uid: user, gid: user },
      });

    test('copies what its user may read', () => {
      mkdirSync(at('mnt'));
      chownSync(at('mnt'), user, user);
      write('etc/hosts', 'h');
      write('etc/shadow', 'secret');
      chmodSync(at('etc/shadow'), 0o600);
      mkdirSync(at('etc/private'), { mode: 0o700 });
      expect(run()).toMatchObject({ status: 0, stderr: '' });
      expect(readFileSync(at('mnt/etc/hosts'), 'utf8')).toBe('h');
      expect(existsSync(at('mnt/etc/shadow'))).toBe(false);
      expect(existsSync(at('mnt/data'))).toBe(true);
      expect(existsSync(at('mnt/etc/kubedirector.init'))).toBe(true);
    });

    test('says what is missing where it may not write to the volume', () => {
      mkdirSync(at('mnt'));
      const { status, stderr } = run();
      expect(status).toBe(1);
      expect(stderr).toBe(
        `user ${user} can't write to the volume: set fsGroup in the podSecurityContext of the role or of its app\n`,
      );
    });
  });
});
