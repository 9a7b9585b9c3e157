import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canSandbox } from '../../src/plugin/app/sandbox.ts';

interface Ended {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}
const kd = (...args: string[]): Promise<Ended> =>
  new Promise((done) => {
    execFile(process.execPath, ['dist/kubectl-kd.js', ...args], { timeout: 100_000 }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : (error.code ?? 'killed'), stdout, stderr });
    });
  });

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubedirector-app-test-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A new app. @param changes of its startscript and its app.yaml */
async function made(
  name: string,
  changes: Readonly<Record<string, readonly [from: string, to: string]>> = {},
): Promise<string> {
  const app = join(directory, name);
  expect((await kd('app', 'init', app)).code).toBe(0);
  for (const [file, [from, to]] of Object.entries(changes)) {
    const text = readFileSync(join(app, file), 'utf8');
    expect(text).toContain(from);
    writeFileSync(join(app, file), text.replace(from, to));
  }
  return app;
}
const outcomes = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => /^\w/.test(line))
    .map((line) => line.replace(/ +\S+ s$/, '').replaceAll(/ {2,}/g, ' '));

it('the program ends with status 1 where lint finds errors, 2 where the command line is wrong', async () => {
  const app = await made('linted', { 'app.yaml': ['cardinality: 1+', 'cardinality: many'] });
  const { code, stdout } = await kd('app', 'lint', app);
  expect([code, stdout]).toEqual([1, expect.stringContaining('app.yaml:25: error: spec.roles[0].cardinality')]);
  expect((await kd('app', 'lint', app, '-o', 'xml')).code).toBe(2);
});

// Containers of CI may allow no user namespaces, and not every machine has bubblewrap.
describe.skipIf(!canSandbox())('kubectl kd app test', () => {
  it('sets up all members of a new app, and tells them of one that joins and leaves', async () => {
    // The page that is looked at is the one of --delnodes, which comes when configmeta.json has the member no more.
    const app = await made('fresh', { 'package/startscript': ['--reconnect) write_page ;;', '--reconnect) ;;'] });
    const { code, stdout } = await kd('app', 'test', app, '--keep');
    const members = ['fresh-member-0', 'fresh-member-1'];
    const told = (event: string) => members.map((member) => `passed ${member} ${event} exit status 0`);
    const folder = /^files of the members: (.*)$/m.exec(stdout)?.[1] ?? '';
    try {
      expect([code, outcomes(stdout)]).toEqual([
        0,
        [
          ...[...members, 'fresh-member-2'].map((member) => `passed ${member} configure exit status 0`),
          ...[...told('addnodes'), ...told('delnodes'), ...told('reconnect')],
          `files of the members: ${folder}`,
        ],
      ]);
      const page = readFileSync(join(folder, 'fresh-member-1/srv/fresh/index.html'), 'utf8');
      expect(page).toContain('Hello from fresh-member-1.kdhs-fresh.default.svc.cluster.local');
      expect([...page.matchAll(/<li>member: ([^.]+)/g)].map(([, pod]) => pod)).toEqual(members);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('shows what a failed startscript has said, without what terminals take for commands, and ends with status 1', async () => {
    const app = await made('broken', {
      'package/startscript': ['--configure) write_page ;;', "--configure) printf 'no \\e[31mdisk\\n' >&2; exit 7 ;;"],
    });
    const { code, stdout } = await kd('app', 'test', app, '--member', 'broken-member-1', '--event', 'reconnect');
    expect(code).toBe(1);
    expect(outcomes(stdout)).toEqual([
      'failed broken-member-1 configure exit status 7',
      'passed broken-member-1 reconnect exit status 0',
    ]);
    expect(stdout).toContain('    no  [31mdisk\n');
  });

  it('passes over events that the app does not name, and runs those that it names', async () => {
    const app = await made('listening', {
      'app.yaml': ['cardinality: 1+', 'cardinality: 1+\n      eventList: [configure, healthcheck]'],
      'package/startscript': ['--reconnect) write_page ;;', '--healthcheck) test -s /srv/listening/index.html ;;'],
    });
    const { code, stdout } = await kd('app', 'test', app, '--member', 'listening-member-0');
    expect([code, outcomes(stdout)]).toEqual([
      0,
      [
        'passed listening-member-0 configure exit status 0',
        'passed over listening-member-0 reconnect exit status 10',
        'passed listening-member-0 healthcheck exit status 0',
      ],
    ]);
  });

  it('keeps this machine from what a startscript does, and lets stubs stand for programs', async () => {
    const host = join(directory, 'secret');
    writeFileSync(host, 'x');
    const probe = `--configure) redis-server; [ ! -e ${host} ]; echo mine > /etc/kd-app-test; touch /srv/here; ! (: > /dev/tcp/192.0.2.1/80) ;;`;
    const app = await made('contained', { 'package/startscript': ['--configure) write_page ;;', probe] });
    mkdirSync(join(app, 'stubs'));
    writeFileSync(join(app, 'stubs/redis-server'), '#!/bin/sh\necho stub\n', { mode: 0o755 });
    const { code, stdout } = await kd('app', 'test', app, '--member', 'contained-member-0', '--event', 'none');
    expect([code, outcomes(stdout)]).toEqual([0, ['passed contained-member-0 configure exit status 0']]);
    expect(stdout).toContain('    stub\n');
    expect([existsSync('/etc/kd-app-test'), existsSync('/srv/here')]).toEqual([false, false]);
  });
});
