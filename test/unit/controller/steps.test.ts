/** What the guest steps but the set-up itself do in a container. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { guestSteps, stepCommand } from '../../../src/controller/guest/steps.ts';
import { stepNames } from '../../../src/guest/steps.ts';
import {
  at,
  container,
  eachInItsRoot,
  kill,
  mode,
  root,
  run,
  startscript,
  term,
  until,
  write,
  type Lines,
} from './guest-scripts.ts';
import { complete, setup } from './set-up-fixture.ts';

eachInItsRoot();

describe('kd-write-configmeta', () => {
  const document = JSON.stringify({ umlaut: 'ä', quote: `'"$(x)` });

  test('writes the document for the container user only in the new layout', async () => {
    expect((await run(guestSteps.writeConfigmeta('new', document))).code).toBe(0);
    expect(readFileSync(at('etc/guestconfig/configmeta.json'), 'utf8')).toBe(document);
    expect(mode('etc/guestconfig')).toBe('700');
    expect(mode('etc/guestconfig/configmeta.json')).toBe('600');
  });

  test('writes it for everyone in the old layout, and keeps a mode that was changed', async () => {
    await run(guestSteps.writeConfigmeta('old', '{}'));
    expect(mode('etc/guestconfig/configmeta.json')).toBe('644');
    chmodSync(at('etc/guestconfig/configmeta.json'), 0o640);
    await run(guestSteps.writeConfigmeta('old', document));
    expect(mode('etc/guestconfig/configmeta.json')).toBe('640');
    expect(readdirSync(at('etc/guestconfig'))).toEqual(['configmeta.json']);
  });

  test('leaves folders open that a startscript has opened for other users', async () => {
    startscript('exit 0');
    await complete();
    for (const folder of ['etc/guestconfig', 'opt/guestconfig']) {
      expect(mode(folder)).toBe('700');
      chmodSync(at(folder), 0o755);
    }
    expect((await run(guestSteps.writeConfigmeta('new', document))).code).toBe(0);
    expect(readFileSync(at('etc/guestconfig/configmeta.json'), 'utf8')).toBe(document);
    // The next container, on the same volume: the startscript is not called again.
    await complete({ containerID: 'containerd://next' });
    expect([mode('etc/guestconfig'), mode('opt/guestconfig')]).toEqual(['755', '755']);
  });

  test('keeps the old document when the new one arrives cut off', async () => {
    await run(guestSteps.writeConfigmeta('new', '{}'));
    const { code, stderr } = await run({ ...guestSteps.writeConfigmeta('new', document), stdin: document.slice(0, 4) });
    expect(code).toBe(3);
    expect(stderr).toContain('incomplete');
    expect(readFileSync(at('etc/guestconfig/configmeta.json'), 'utf8')).toBe('{}');
  });
});

test('steps do not run what the role says to bash in its environment', () => {
  write('bash-env', `touch "${root}/was-here"; echo alive=no; readlink() { echo faked; }`);
  const [program = '', ...args] = stepCommand(guestSteps.setupStatus(container, 100), term, root);
  const env = {
    ...process.env,
    BASH_ENV: at('bash-env'),
    ENV: at('bash-env'),
    'BASH_FUNC_echo%%': '() { builtin echo faked; }',
    SHELLOPTS: 'noexec',
  };
  const output = execFileSync(program, args, { env, encoding: 'utf8' });
  expect(output).toContain('stage=\n');
  expect(output).not.toContain('faked');
  expect(readdirSync(root)).not.toContain('was-here');
});

describe('kd-notify', () => {
  const args = ['--addnodes', '--nodegroup', '1', '--role', 'work', '--fqdns', 'a.b,c.d'];
  const ended = (lines: Lines) => /^\d+$/.test(lines.get('notify') ?? '');

  test('runs the startscript once for an id and tells how it ended', async () => {
    startscript(`echo "$*" >> "${root}/runs"; echo 'no such peer' >&2; exit 5`);
    const step = guestSteps.notify(container, 'one', 60, args);
    expect((await until(step, ended)).get('notify')).toBe('5');
    expect((await run(step)).stdout).toBe(`notify=5\nstderr=${btoa('no such peer\n')}\n`);
    expect(readFileSync(at('runs'), 'utf8')).toBe('--addnodes --nodegroup 1 --role work --fqdns a.b,c.d\n');
    expect((await until(guestSteps.notify(container, 'two', 60, args), ended)).get('notify')).toBe('5');
    expect(readFileSync(at('runs'), 'utf8').split('\n')).toHaveLength(3);
  });

  test('runs no more for an id of which an earlier try has succeeded, and again where that failed', async () => {
    startscript(`echo run >> "${root}/runs"; exit "$(cat "${root}/exit")"`);
    write('exit', '3');
    const attempt = (id: string) => until(guestSteps.notify(container, id, 60, args), ended);
    expect((await attempt('abc-4')).get('notify')).toBe('3');
    write('exit', '0');
    expect((await attempt('abc-0')).get('notify')).toBe('0');
    expect((await attempt('abc-1')).get('notify')).toBe('0');
    expect(readFileSync(at('runs'), 'utf8')).toBe('run\nrun\n');
    expect((await attempt('abd-0')).get('notify')).toBe('0');
    expect(readFileSync(at('runs'), 'utf8')).toBe('run\nrun\nrun\n');
  });

  test('runs once for an id, however many ask at once', async () => {
    startscript(`echo run >> "${root}/runs"; sleep 0.3`);
    const step = guestSteps.notify(container, 'one', 60, args);
    await Promise.all(Array.from({ length: 8 }, () => run(step)));
    expect((await until(step, ended)).get('notify')).toBe('0');
    expect(readFileSync(at('runs'), 'utf8')).toBe('run\n');
  });

  test('runs again where it was killed', async () => {
    startscript(`echo run >> "${root}/runs"; [ -e "${root}/go" ] || sleep 30`);
    const step = guestSteps.notify(container, 'one', 60, args);
    expect((await run(step)).stdout).toBe('notify=running\n');
    kill('.notify.lock');
    write('go', '');
    expect((await until(step, ended)).get('notify')).toBe('0');
    expect(readFileSync(at('runs'), 'utf8')).toBe('run\nrun\n');
  });

  test('lets nobody in beside a running one, and ends it at its limit', async () => {
    startscript('sleep 5');
    expect((await run(guestSteps.notify(container, 'one', 1, args))).stdout).toBe('notify=running\n');
    expect((await run(guestSteps.notify(container, 'two', 1, args))).stdout).toBe('notify=busy\n');
    expect((await until(guestSteps.notify(container, 'one', 1, args), ended)).get('notify')).toBe('124');
  });
});

describe('kd-init-progress', () => {
  test('prints the last line of the progress, however rsync ends it', async () => {
    expect((await run(guestSteps.initProgress())).stdout).toBe('');
    write('kubedirector.volume/.kubedirector.progress', '5%\r');
    expect((await run(guestSteps.initProgress())).stdout).toBe('5%\n');
    write('mnt/.kubedirector.progress', '  1,024  10%\r  9,999  99%  1MB/s\r');
    expect((await run(guestSteps.initProgress())).stdout).toBe('  9,999  99%  1MB/s\n');
    // With what images are sure to have, and no more.
    mkdirSync(at('bin'));
    for (const tool of ['bash', 'tail', 'tr']) symlinkSync(`/usr/bin/${tool}`, at(`bin/${tool}`));
    const bare = await run(guestSteps.initProgress(), { PATH: at('bin') });
    expect(bare).toEqual({ code: 0, stdout: '  9,999  99%  1MB/s\n', stderr: '' });
    write('mnt/.kubedirector.progress', ' \r\n');
    expect((await run(guestSteps.initProgress())).stdout).toBe('');
  });
});

test('every step is sound bash', () => {
  for (const name of stepNames) {
    if (name === 'kd-log') continue; // Not the controller's: test/unit/registry/cluster-log.test.ts runs it.
    const script = stepCommand({ name, args: [] }, term)[3] ?? '';
    execFileSync('bash', ['-n', '-c', script]);
    expect(script).toContain("root=''");
    expect(script).not.toMatch(/\n\s/);
  }
});

test('no command is longer than common proxies take a URL to be', () => {
  for (const name of stepNames) {
    if (name === 'kd-log') continue;
    const query = new URLSearchParams();
    for (const word of stepCommand({ name, args: [] }, term)) query.append('command', word);
    expect(query.toString().length, name).toBeLessThan(8000);
  }
});

test('the script of a set-up, which its input begins with, is sound bash of one-byte characters', () => {
  const { stdin = '' } = setup({ document: '' });
  execFileSync('bash', ['-n'], { input: stdin });
  const script = stdin.toString();
  expect(script).toMatch(/^[\n -~]*$/);
  expect(stepCommand(setup(), term)[3]).toContain(`read -rN ${script.length} `);
});
