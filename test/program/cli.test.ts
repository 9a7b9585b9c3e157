import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeLeaf } from '../../src/pki/certificates.ts';
import { version } from '../../src/server/version.ts';
import { createAuthority } from '../support/certificates.ts';
import { builtProgram, command, type Command, type Ended } from '../support/command.ts';
import { get, type Caller } from './support/https.ts';

const read = (...path: readonly string[]): string => readFileSync(join(...path), 'utf8');

function clientOf(directory: string): Required<Caller> {
  const pki = (name: string): string => read(directory, 'pki', name);
  return { ca: pki('ca.crt'), cert: pki('client.crt'), key: pki('client.key') };
}

function urlOf(program: Command): string {
  return /https:\/\/\S+/.exec(program.stdout())?.[0] ?? '';
}

let directory: string;
const patience = { timeout: 30_000 };
const running: Command[] = [];
const started = (...args: Parameters<typeof command>): Command => {
  const program = command(...args);
  running.push(program);
  return program;
};
const playground = (...args: readonly string[]): Command =>
  started(['playground', '--data', directory, '--port', '0', ...args]);
const serving = async (...args: readonly string[]): Promise<Command> => {
  const program = playground(...args);
  await program.printed('Ctrl-C stops it');
  return program;
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubedirector-cli-'));
});
afterEach(async () => {
  for (const program of running.splice(0)) {
    program.process.kill('SIGKILL');
    await program.ended;
  }
  rmSync(directory, { recursive: true });
});

describe('the version of Node.js', () => {
  // The program is shown the name of another version.
  const withNode = (node: string, ...args: readonly string[]): Promise<Ended> => {
    const text = `Object.defineProperty(process.versions,'node',{value:'${node}'})`;
    const env = { NODE_OPTIONS: `--import data:text/javascript,${text}`, NODE_NO_WARNINGS: '' };
    return command(args, { env }).ended;
  };

  it('starts on a version past its end of life, and warns in one line on standard error', async () => {
    const ended = await withNode('20.19.4', '--version');
    expect(ended).toMatchObject({ code: 0, stdout: `${version}\n` });
    expect(ended.stderr).toMatch(/^kubedirector: Node.js 20\.19\.4 .*Use Node.js 24, or 22\.\n$/);
  });

  it('does not start on an older version, and says so in one line', async () => {
    const ended = await withNode('18.20.8', 'playground', '--data', directory);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(/^kubedirector: Node.js 18\.20\.8 is too old.*\n$/);
  });
});

describe('the command line', () => {
  it('explains every command and flag, on standard output', async () => {
    const top = await command(['--help']).ended;
    expect(top).toMatchObject({ code: 0, stderr: '' });
    expect(top.stdout).toMatch(/^Usage: kubedirector [^]*Commands:\n {2}playground \[options\] +\w+/);
    const own = await command(['playground', '--help']).ended;
    expect(own).toMatchObject({ code: 0, stderr: '' });
    const flags = own.stdout.slice(own.stdout.indexOf('Options:')).split('\n').slice(1);
    const named = flags.filter((line) => /^ {2}-/.test(line));
    expect(named.map((line) => /--[a-z-]+/.exec(line)?.[0])).toEqual([
      '--data',
      '--port',
      '--reset',
      '--log-level',
      '--log-format',
      '--help',
    ]);
    // Each with a sentence beside it.
    for (const line of named) expect(line).toMatch(/^ {2}(-h, )?--[a-z-]+( <\w+>)? {2,}\w+ \w+/);
  });

  it('tells its version', async () => {
    expect(await command(['--version']).ended).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([
    ['no command', [], 'Usage: kubedirector [options] [command]'],
    ['an unknown command', ['frobnicate'], "unknown command 'frobnicate'"],
    ['an unknown flag', ['playground', '--frobnicate'], "unknown option '--frobnicate'"],
    ['an argument too many', ['playground', 'frobnicate'], 'too many arguments'],
    [
      'a port that is a word',
      ['playground', '--port', 'http'],
      "'http' is invalid. a port is a number from 0 to 65535",
    ],
    ['a port that is negative', ['playground', '--port=-1'], "'-1' is invalid. a port is a number from 0 to 65535"],
    ['a port beyond the last', ['playground', '--port', '65536'], "'65536' is invalid"],
    ['a port that is empty', ['playground', '--port', ''], "'' is invalid"],
    ['a port that is not given', ['playground', '--port'], 'argument missing'],
    ['a folder without a name', ['playground', '--data', ''], "'' is invalid. a folder has a name"],
    ['an unknown log level', ['playground', '--log-level', 'loud'], 'Allowed choices are debug, info'],
  ])('refuses %s with exit code 2, the reason and the usage', async (_what, args, reason) => {
    const { code, stdout, stderr } = await command(args, { cwd: directory }).ended;
    expect(stderr).toContain(reason);
    expect(stderr).toContain('Usage: kubedirector');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(existsSync(join(directory, '.kubedirector'))).toBe(false);
  });

  it('runs by its own name, from any folder, and resolves relative folders from there', async () => {
    const link = join(directory, 'kubedirector');
    symlinkSync(builtProgram, link);
    mkdirSync(join(directory, "o'brien s"));
    const args = ['playground', '--port', '0', '--data', "o'brien s/here"];
    const program = started(args, { cwd: directory, executable: link });
    await program.printed('Ctrl-C stops it');
    const kubeconfig = join(directory, "o'brien s/here/kubeconfig");
    expect(existsSync(kubeconfig)).toBe(true);
    // As a shell takes it.
    expect(program.stdout()).toContain(`export KUBECONFIG='${kubeconfig.replace("'", "'\\''")}'`);
    program.process.kill('SIGINT');
    expect(await program.ended).toMatchObject({ code: 0 });
  });
});

describe('the program, once it serves', () => {
  it('says so only then', async () => {
    const program = await serving();
    const { status } = await get(`${urlOf(program)}/readyz`, clientOf(directory));
    expect(status).toBe(200);
    expect(program.stderr()).toBe('');
  });

  it('exports metrics of its storage', async () => {
    const program = await serving();
    const { text } = await get(`${urlOf(program)}/metrics`, clientOf(directory));
    expect(text).toMatch(/^kubedirector_journal_fsync_duration_seconds_count [1-9]\d*$/m);
    expect(text).toMatch(/^kubedirector_journal_objects [1-9]\d*$/m);
  });

  it('continues when nobody reads its output', async () => {
    const program = playground('--log-level', 'debug');
    program.process.stdout?.destroy();
    program.process.stderr?.destroy();
    await expect.poll(() => existsSync(join(directory, 'kubeconfig')), patience).toBe(true);
    const url = /server: (\S+)/.exec(read(directory, 'kubeconfig'))?.[1] ?? '';
    await expect.poll(async () => (await get(`${url}/readyz`, clientOf(directory))).status, patience).toBe(200);
    const namespaces = await get(`${url}/api/v1/namespaces`, clientOf(directory));
    expect(namespaces.status).toBe(200);
    program.process.kill('SIGINT');
    expect(await program.ended).toMatchObject({ code: 0 });
  });
});

describe('the program, asked to stop', () => {
  /** Resolves once it waits for something: asleep (proc(5), stat), and without work, ten looks in a row. */
  const isWaiting = async ({ process: { pid } }: Command): Promise<void> => {
    let last = '';
    for (let looks = 0; looks < 10;) {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      const [state, user, system] = [fields[0], fields[11], fields[12]];
      const now = `${user} ${system}`;
      looks = state === 'S' && now === last && Number(user) > 10 ? looks + 1 : 0;
      last = now;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  /** Resolves once the server has begun to answer; `done` once it has ended the answer. */
  const watch = (url: string, caller: Caller): Promise<{ done: Promise<void> }> =>
    new Promise((resolve, reject) => {
      const outgoing = request(url, { ...caller, agent: false }, (response) => {
        const done = new Promise<void>((resolveDone, rejectDone) => {
          response.once('end', resolveDone).once('error', rejectDone).resume();
        });
        resolve({ done });
      });
      outgoing.on('error', reject).end();
    });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends its watches and itself in order at %s', async (signal) => {
    const program = await serving();
    const caller = clientOf(directory);
    const watches = await Promise.all(
      ['/api/v1/pods', '/apis/kubedirector.hpe.com/v1beta1/kubedirectorclusters'].map((path) =>
        watch(`${urlOf(program)}${path}?watch=true`, caller),
      ),
    );
    program.process.kill(signal);
    const { code, stdout, stderr } = await program.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/stopping…\n$/);
    await Promise.all(watches.map(({ done }) => done));
  });

  it('does so while it starts, and can be started again', { timeout: 300_000 }, async () => {
    for (const awaited of ['data', 'data/format.json', 'pki/ca.crt', 'pki/client.crt', 'kubeconfig']) {
      const fresh = join(directory, awaited.replace('/', '-'));
      const program = started(['playground', '--data', fresh, '--port', '0']);
      await expect.poll(() => existsSync(join(fresh, awaited)), { ...patience, interval: 1 }).toBe(true);
      program.process.kill('SIGINT');
      expect(await program.ended, awaited).toMatchObject({ code: 0, stderr: '' });
      const again = started(['playground', '--data', fresh, '--port', '0']);
      await again.printed('Ctrl-C stops it');
      again.process.kill('SIGINT');
      expect(await again.ended, awaited).toMatchObject({ code: 0, stderr: '' });
    }
  });

  it('does so while it waits for a folder that another machine may hold', async () => {
    const elsewhere = { pid: 1, host: 'elsewhere', boot: 'another', pidNamespace: 'pid:[1]', started: '1' };
    const stopped = async (): Promise<object> => {
      rmSync(join(directory, 'data'), { recursive: true, force: true });
      mkdirSync(join(directory, 'data'));
      writeFileSync(join(directory, 'data/lock-0000000001.json'), JSON.stringify(elsewhere));
      const program = playground();
      await isWaiting(program);
      program.process.kill('SIGINT');
      return program.ended;
    };
    // Had it gone on until the lock was its own, it would have printed where it serves. On a busy machine the wait may be
    // over before it is seen.
    await expect.poll(stopped, { timeout: 100_000 }).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('ends at once at the second signal', async () => {
    const program = await serving();
    // A request that never ends keeps the server waiting for its grace period.
    const slow = request(`${urlOf(program)}/api/v1/namespaces`, {
      ...clientOf(directory),
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': '1000' },
    });
    slow.on('error', () => undefined);
    const sent = new Promise<void>((resolve) => slow.once('socket', (socket) => socket.once('secureConnect', resolve)));
    slow.write('{');
    await sent;
    await get(`${urlOf(program)}/readyz`, clientOf(directory)); // by now the request has arrived too
    program.process.kill('SIGINT');
    await program.printed('stopping…');
    program.process.kill('SIGINT');
    expect(await program.ended).toMatchObject({ code: 130 });
    slow.destroy();
  });
});

describe('who may ask the program', () => {
  let shared: string;
  let program: Command;
  let url: string;
  beforeAll(async () => {
    shared = mkdtempSync(join(tmpdir(), 'kubedirector-callers-'));
    program = command(['playground', '--data', shared, '--port', '0']);
    await program.printed('Ctrl-C stops it');
    url = urlOf(program);
  });
  afterAll(async () => {
    program.process.kill('SIGKILL');
    await program.ended;
    rmSync(shared, { recursive: true });
  });

  const forged = { 'X-Remote-User': 'admin', 'X-Remote-Group': 'system:masters', 'X-Remote-Uid': '1' };
  const clusters = '/apis/kubedirector.hpe.com/v1beta1/namespaces/default/kubedirectorclusters';
  const guarded = ['/api', '/apis', '/api/v1/namespaces', '/openapi/v3', '/metrics', '/version', '/nowhere', clusters];
  const open = ['/healthz', '/livez', '/readyz'];

  it('is only this machine', async () => {
    const port = Number(new URL(url).port);
    const reaches = (host: string): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = connect({ host, port });
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
        socket.once('connect', () => socket.destroy());
      });
    expect(await reaches('127.0.0.1')).toBe(true);
    // A server on all addresses would answer here as well.
    expect(await reaches('127.0.0.2')).toBe(false);
    expect(await reaches('::1')).toBe(false);
  });

  it('is anybody, for its health', async () => {
    for (const path of open) expect((await get(url + path, { ca: clientOf(shared).ca })).status, path).toBe(200);
  });

  it('is nobody without a certificate, whatever headers they send', async () => {
    const { ca } = clientOf(shared);
    for (const path of guarded) {
      for (const headers of [
        {},
        forged,
        { Authorization: 'Bearer abc' },
        { Authorization: 'Basic YWRtaW46YWRtaW4=' },
      ]) {
        const { status, text } = await get(url + path, { ca }, headers);
        expect(status, path).toBe(401);
        expect(JSON.parse(text)).toMatchObject({ kind: 'Status', code: 401, reason: 'Unauthorized' });
      }
    }
  });

  it('is nobody with a certificate of another CA, even with the same name', async () => {
    const { ca } = clientOf(shared);
    for (const name of ['CN=other-ca', 'CN=kubedirector-playground-ca']) {
      const other = await createAuthority(name);
      const stranger = { ca, ...(await other.issue('O=system:masters, CN=playground-admin')) };
      for (const path of guarded) expect((await get(url + path, stranger, forged)).status, path).toBe(401);
      for (const path of open) expect((await get(url + path, stranger)).status, path).toBe(200);
    }
  });

  it('is nobody in the name of another user', async () => {
    const ca = { certificate: clientOf(shared).ca, key: read(shared, 'pki/ca.key') };
    const somebody = await makeLeaf(ca, { subject: 'O=guests, CN=somebody', usage: 'client', days: 1 }, new Date());
    const caller = { ca: ca.certificate, cert: somebody.certificate, key: somebody.key };
    const { status, text } = await get(url + clusters, caller, forged);
    expect(status).toBe(403);
    expect(JSON.parse(text)).toMatchObject({
      message: expect.stringContaining('User "somebody" cannot list') as unknown,
    });
  });

  it('is anybody with the kubeconfig', async () => {
    for (const path of [...guarded.filter((path) => path !== '/nowhere'), ...open]) {
      expect((await get(url + path, clientOf(shared))).status, path).toBe(200);
    }
    expect((await get(`${url}/nowhere`, clientOf(shared))).status).toBe(404);
  });

  it('is nobody else who can read files on this machine', async () => {
    const { stat } = await import('node:fs/promises');
    for (const path of ['kubeconfig', 'pki/ca.key', 'pki/client.key', 'pki/server.key', 'data/journal.jsonl']) {
      expect((await stat(join(shared, path))).mode & 0o077, path).toBe(0);
    }
  });
});
