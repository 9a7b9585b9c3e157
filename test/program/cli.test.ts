import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { version } from '../../src/server/version.ts';
import { builtProgram, command, type Ended } from '../support/command.ts';
import { get } from './support/https.ts';
import {
  clientOf,
  directory,
  eachInItsFolder,
  patience,
  playground,
  read,
  serving,
  started,
  urlOf,
} from './cli-fixture.ts';

eachInItsFolder();

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
