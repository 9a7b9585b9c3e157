/** The guest scripts, run by the local bash in a scratch folder that stands for a container's root. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  decodeTail,
  guestSteps,
  parseConfigureStatus,
  parseLines,
  stepCommand,
  stepNames,
  type GuestStep,
} from '../../../src/controller/guest/steps.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "kd steps'"));
  root = root.replace(/'/g, '_');
  mkdirSync(root, { recursive: true });
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(step: GuestStep, env: Record<string, string> = {}): Promise<Outcome> {
  const [command = '', ...args] = stepCommand(step, root);
  const child = spawn(command, args, { env: { ...process.env, ...env } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(step.stdin ?? '');
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

const at = (path: string): string => join(root, path);
const mode = (path: string): string => (statSync(at(path)).mode & 0o777).toString(8);
function write(path: string, text: string, executable = false): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
  if (executable) chmodSync(at(path), 0o755);
}
const startscript = (body: string): void => write('opt/guestconfig/pkg/startscript', `#!/bin/bash\n${body}\n`, true);

/** A .tgz of a folder `top` holding these files. */
function archive(top: string, files: Record<string, string>): string {
  for (const [name, text] of Object.entries(files)) write(`src/${top}/${name}`, text, true);
  execFileSync('tar', ['-czf', at(`${top}.tgz`), '-C', at('src'), top]);
  return at(`${top}.tgz`);
}

/** Polls until the step's output has that key with a final value. */
async function until(
  step: GuestStep,
  wanted: (lines: ReadonlyMap<string, string>) => boolean,
): Promise<ReadonlyMap<string, string>> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const lines = parseLines((await run(step)).stdout);
    if (wanted(lines)) return lines;
    await sleep(50);
  }
  throw new Error(`${step.name} did not come to an end`);
}

describe('kd-probe', () => {
  test('says that an untouched container has nothing', async () => {
    const { code, stdout } = await run(guestSteps.probe());
    expect(code).toBe(0);
    expect(stdout).toBe('configure=\nstartscript=absent\nconfigcli=absent\n');
  });

  test('finds what earlier work has left', async () => {
    startscript('exit 0');
    write('opt/guestconfig/configure.status', 'containerd://abc=0\n');
    write('usr/bin/configcli', '');
    const lines = parseLines((await run(guestSteps.probe())).stdout);
    expect(Object.fromEntries(lines)).toEqual({
      configure: 'containerd://abc=0',
      startscript: 'present',
      configcli: 'present',
    });
  });
});

describe('kd-inject-file', () => {
  const file = { destDir: '/opt/my files', mode: '', owner: '', group: '' };

  test('puts a file under its own name into a directory it makes, with the mode asked for', async () => {
    write('src/data.txt', 'hello');
    const srcURL = `file://${at('src/data.txt').replaceAll(' ', '%20')}?version=2`;
    const { code, stderr } = await run(guestSteps.injectFile({ ...file, srcURL, mode: '750' }));
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(readFileSync(at('opt/my files/data.txt'), 'utf8')).toBe('hello');
    expect(mode('opt/my files/data.txt')).toBe('750');
  });

  test('fails, leaving nothing half done, where there is no such file', async () => {
    const { code, stderr } = await run(guestSteps.injectFile({ ...file, srcURL: `file://${root}/absent` }));
    expect(code).not.toBe(0);
    expect(stderr).toContain('curl');
    expect(readdirSync(at('opt/my files'))).toEqual([]);
  });

  test('refuses a URL that names no file', async () => {
    const { code, stderr } = await run(guestSteps.injectFile({ ...file, srcURL: 'http://host/' }));
    expect(code).toBe(2);
    expect(stderr).toContain('names no file');
  });

  test('runs nothing that an argument contains', async () => {
    const evil = `$(touch ${root}/evil)\`touch ${root}/evil\`'; touch ${root}/evil; '`;
    await run(
      guestSteps.injectFile({ srcURL: `file:///${evil}`, destDir: `/x/${evil}`, mode: evil, owner: evil, group: evil }),
    );
    expect(existsSync(at('evil'))).toBe(false);
  });
});

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

  test('keeps the old document when the new one arrives cut off', async () => {
    await run(guestSteps.writeConfigmeta('new', '{}'));
    const { code, stderr } = await run({ ...guestSteps.writeConfigmeta('new', document), stdin: document.slice(0, 4) });
    expect(code).toBe(3);
    expect(stderr).toContain('incomplete');
    expect(readFileSync(at('etc/guestconfig/configmeta.json'), 'utf8')).toBe('{}');
  });
});

describe('kd-install-configcli', () => {
  const installer =
    '#!/bin/bash\nmkdir -p "$BIN"; for n in configcli ccli configmacro; do echo "$*" > "$BIN/$n"; done\n';

  test('runs the installer and makes all links of the new layout', async () => {
    const tgz = readFileSync(archive('configcli-1.0', { install: installer }));
    const { code, stderr } = await run(guestSteps.installConfigcli('new', tgz), { BIN: at('usr/local/bin') });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    for (const name of ['configcli', 'ccli', 'configmacro', 'bdvcli', 'bd_vcli']) {
      expect(readFileSync(at(`usr/bin/${name}`), 'utf8')).toBe('--new\n');
    }
  });

  test('fails with its installer', async () => {
    const tgz = readFileSync(archive('configcli-1.0', { install: '#!/bin/bash\necho no python >&2; exit 7\n' }));
    const { code, stderr } = await run(guestSteps.installConfigcli('old', tgz));
    expect(code).toBe(7);
    expect(stderr).toContain('no python');
  });

  test('kd-link-configcli makes the links again, and does nothing without configcli', async () => {
    expect((await run(guestSteps.linkConfigcli('new'))).code).toBe(0);
    expect(existsSync(at('usr/bin'))).toBe(false);
    write('usr/local/bin/configcli', 'tool');
    expect((await run(guestSteps.linkConfigcli('new'))).code).toBe(0);
    expect(readFileSync(at('usr/bin/bd_vcli'), 'utf8')).toBe('tool');
  });
});

describe('kd-fetch-package', () => {
  test('replaces what was there by the unpacked package, startscript executable', async () => {
    startscript('old');
    write('opt/guestconfig/.hidden', '');
    const url = `file://${archive('appconfig', { startscript: '#!/bin/bash\n', 'lib/a': 'b' }).replaceAll(' ', '%20')}`;
    const { code, stderr } = await run(guestSteps.fetchPackage(url));
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(readdirSync(at('opt/guestconfig'))).toEqual(['appconfig']);
    expect(mode('opt/guestconfig')).toBe('700');
    expect(statSync(at('opt/guestconfig/appconfig/startscript')).mode & 0o111).not.toBe(0);
  });

  test('keeps what was there when the package is none, and says so', async () => {
    startscript('old');
    const url = `file://${archive('nothing', { readme: '' }).replaceAll(' ', '%20')}`;
    const { code, stderr } = await run(guestSteps.fetchPackage(url));
    expect(code).toBe(4);
    expect(stderr).toContain('holds no */startscript');
    expect(readdirSync(at('opt/guestconfig'))).toEqual(['pkg']);
  });
});

const container = 'containerd://abc=def';

describe('kd-start-configure and kd-configure-status', () => {
  const status = guestSteps.configureStatus(8);
  const ended = (lines: ReadonlyMap<string, string>) =>
    parseConfigureStatus(lines.get('configure') ?? '')?.exitCode !== undefined;

  test('runs on in the background and leaves exit status and output tails', async () => {
    startscript('echo "args: $*"; echo "123456789" >&2; exit 3');
    const began = await run(guestSteps.startConfigure(container));
    expect(began).toEqual({ code: 0, stdout: '', stderr: '' });
    const lines = await until(status, ended);
    expect(parseConfigureStatus(lines.get('configure') ?? '')).toEqual({ containerID: container, exitCode: 3 });
    expect(decodeTail(lines.get('stdout'))).toBe('nfigure\n');
    expect(decodeTail(lines.get('stderr'))).toBe('3456789\n');
  });

  test('does not start a second run beside the first, or after it', async () => {
    startscript(`echo run >> "${root}/runs"; while [ ! -e "${root}/go" ]; do sleep 0.02; done`);
    await run(guestSteps.startConfigure(container));
    await run(guestSteps.startConfigure(container));
    expect(parseLines((await run(status)).stdout).get('alive')).toBe('yes');
    write('go', '');
    await until(status, ended);
    await run(guestSteps.startConfigure(container));
    expect(readFileSync(at('runs'), 'utf8')).toBe('run\n');
  });

  test('starts over in another container', async () => {
    startscript(`echo run >> "${root}/runs"`);
    await run(guestSteps.startConfigure(container));
    await until(status, ended);
    await run(guestSteps.startConfigure('containerd://other'));
    const lines = await until(status, ended);
    expect(lines.get('configure')).toBe('containerd://other=0');
    expect(readFileSync(at('runs'), 'utf8')).toBe('run\nrun\n');
  });

  test('shows a run that was killed as dead without a status', async () => {
    startscript('sleep 5');
    await run(guestSteps.startConfigure(container));
    process.kill(Number(readFileSync(at('opt/guestconfig/configure.pid'), 'utf8')), 'SIGKILL');
    const lines = await until(status, (found) => found.get('alive') === 'no');
    expect(parseConfigureStatus(lines.get('configure') ?? '')).toEqual({ containerID: container });
  });

  test('fails where there is no startscript', async () => {
    expect((await run(guestSteps.startConfigure(container))).code).toBe(4);
  });
});

describe('kd-notify', () => {
  const args = ['--addnodes', '--nodegroup', '1', '--role', 'work', '--fqdns', 'a.b,c.d'];
  const ended = (lines: ReadonlyMap<string, string>) => /^\d+$/.test(lines.get('notify') ?? '');

  test('runs the startscript once for an id and tells how it ended', async () => {
    startscript(`echo "$*" >> "${root}/runs"; exit 5`);
    const step = guestSteps.notify(container, 'one', 60, args);
    expect((await until(step, ended)).get('notify')).toBe('5');
    expect((await run(step)).stdout).toBe('notify=5\n');
    expect(readFileSync(at('runs'), 'utf8')).toBe('--addnodes --nodegroup 1 --role work --fqdns a.b,c.d\n');
    expect((await until(guestSteps.notify(container, 'two', 60, args), ended)).get('notify')).toBe('5');
    expect(readFileSync(at('runs'), 'utf8').split('\n')).toHaveLength(3);
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
    write('mnt/.kubedirector.progress', '  1,024  10%\r  9,999  99%  1MB/s\r');
    expect((await run(guestSteps.initProgress())).stdout).toBe('  9,999  99%  1MB/s\n');
    // With what images are sure to have, and no more.
    mkdirSync(at('bin'));
    for (const tool of ['tail', 'tr']) symlinkSync(`/usr/bin/${tool}`, at(`bin/${tool}`));
    const bare = await run(guestSteps.initProgress(), { PATH: at('bin') });
    expect(bare).toEqual({ code: 0, stdout: '  9,999  99%  1MB/s\n', stderr: '' });
    write('mnt/.kubedirector.progress', ' \r\n');
    expect((await run(guestSteps.initProgress())).stdout).toBe('');
  });
});

describe('kd-systemd', () => {
  test('fails while systemctl does', async () => {
    write('bin/systemctl', '#!/bin/bash\nexit ${ANSWER}\n', true);
    const PATH = `${at('bin')}:${process.env['PATH'] ?? ''}`;
    expect((await run(guestSteps.systemd(), { PATH, ANSWER: '1' })).code).toBe(1);
    expect((await run(guestSteps.systemd(), { PATH, ANSWER: '0' })).code).toBe(0);
  });
});

test('every step is sound bash', () => {
  for (const name of stepNames) {
    const script = stepCommand({ name, args: [] })[2] ?? '';
    execFileSync('bash', ['-n', '-c', script]);
    expect(script).toContain("root=''");
  }
});
