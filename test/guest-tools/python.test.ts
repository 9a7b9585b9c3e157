import { createServer } from 'node:net';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { absentKeys, instructions, keys, type Case } from './support/cases.ts';
import { createGuest, pythons, runProgram, type Guest } from './support/guest.ts';
import { fqdns, shop } from './support/shop.ts';

type Answer = { value: unknown } | { exit: number } | { error: string; text: string };

const found = pythons();
let guest: Guest;
beforeAll(async () => {
  guest = createGuest();
  guest.write(shop);
  writeFileSync(guest.path('etc/guestconfig/base_img_version'), 'img-3\nrest\n');
  copyFileSync('test/guest-tools/support/api.py', guest.path('api.py'));
  const path = [guest.barePath, ...found.map((file) => dirname(file))].join(':');
  expect(await guest.install({ path })).toEqual({ code: 0, stdout: '', stderr: '' });
}, 120_000);
beforeEach(() => guest.write(shop));
afterAll(() => guest.remove());

const env = (): Record<string, string> => ({ KD_GUEST_ROOT: guest.root, PYTHONUSERBASE: guest.path('usr/local') });

async function ask(python: string, questions: readonly (readonly unknown[])[]): Promise<readonly Answer[]> {
  writeFileSync(guest.path('questions.json'), JSON.stringify(questions));
  const { code, stdout, stderr } = await runProgram(python, [guest.path('api.py'), guest.path('questions.json')], {
    env: env(),
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as readonly Answer[];
}

/** The instruction that is the same as this command line, as one line. */
function instructionOf([args]: Case): string {
  if (args[0] !== '--get') return args.join(' ');
  const [root = '', ...rest] = (args[1] ?? '').split('.');
  return rest.length === 0 ? `namespace ${root}` : `namespace ${root} "${rest.join('.')}"`;
}

it('is tried with some Python', () => {
  expect(found.length).toBeGreaterThan(0);
});

describe.each(found)('the Python module with %s', (python) => {
  it('prints what the program prints', async () => {
    // An instruction's words are parted by any white space: names with tabs are out of its reach.
    const cases = [...keys, ...absentKeys, ...instructions].filter(([args]) => !args.join().includes('\t'));
    const answers = await ask(
      python,
      cases.map((each) => ['cli.onecmd', instructionOf(each)]),
    );
    for (const [index, [args, code, stdout]] of cases.entries()) {
      const answer = answers[index];
      if (code === 0) expect({ args, answer }).toEqual({ args, answer: { value: stdout } });
      else expect({ args, failed: answer !== undefined && !('value' in answer) }).toEqual({ args, failed: true });
      if (code === 2) expect(answer).toEqual({ exit: 2 });
    }
  });

  it('gives values as Python has them', async () => {
    const expected: readonly (readonly [readonly unknown[], unknown])[] = [
      [['version'], '1.0'],
      [['commands'], ['namespace', 'macro', 'ccli', 'baseimg']],
      [['subcommands'], [null, null]],
      [['subcommand', 'node', 'id'], '1'],
      [['is KeyError'], [true, true]],
      [['data'], shop],
      [['namespace.getValue', 'cluster.isolated'], false],
      [['namespace.getValue', 'cluster.size'], 12],
      [['namespace.getValue', 'cluster.nothing'], null],
      [['namespace.getValue', 'node.depends_on'], []],
      [
        ['namespace.getValue', 'nodegroups.1.roles'],
        ['back', 'front'],
      ],
      [
        ['namespace.getValue', 'connections.configmaps.tuning'],
        ['metadata', 'data', 'labels', 'annotations'],
      ],
      [['sorted', 'services.db.1.back.fqdns'], fqdns('b-0', 'b-1').split(',')],
      [['namespace.getWithTokens', ['cluster', 'config_metadata', '1', 'my key']], 'my value'],
      [['namespace.getWithTokens', ['nodegroups', 1, 'roles', 'front', 'secret_keys', 'tls.key']], 'k e y'],
      [['namespace.searchForToken', ['services', 'db', '1'], 'fqdns'], [['services', 'db', '1', 'back', 'fqdns']]],
      [
        ['namespace.searchForToken', 'services', 'id'],
        [
          ['services', 'db', '1', 'back', 'id'],
          ['services', 'web', '1', 'front', 'id'],
        ],
      ],
      [['namespace.searchForToken', 'cluster', 'mode'], [['cluster', 'config_metadata', '1', 'mode']]],
      [['namespace.searchForToken', 'cluster', 'nope'], []],
      [['namespace.searchForToken', ['services', 'nope'], 'fqdns'], []],
      [['node.getNodeIndexSelf'], '0'],
      [['node.getNodeIndexFromFqdn', fqdns('b-1')], '2'],
      [['node.getNodeIdSelf'], '1'],
      [['node.getNodeIdFromFqdn', fqdns('b-0')], '2'],
      [['nodegroup.getLocalGroupHosts'], fqdns('b-0', 'b-1', 'f-0').split(',')],
      [['nodegroup.getClusterFqdns'], fqdns('b-0', 'b-1', 'f-0').split(',')],
      [['nodegroup.getNodegroupFqdns', 1], fqdns('b-0', 'b-1', 'f-0').split(',')],
      [['nodegroup.getNumNodegroups'], 1],
      [['cli.process_result', ['a', 'b']], 'a,b'],
      [['cli.process_result', { a: 1 }], 'a'],
      [['cli.process_result', null], ''],
      [['cli.onecmd', 'nonsense'], null],
      [['configcli3.onecmd', 'namespace node id'], '1'],
      [['bd_vlib.get', 'services.db.1'], 'back'],
      [['bd_vlib.getWithTokens', ['connections', 'configmaps', 'tuning']], shop.connections.configmaps.tuning],
      [['bd_vlib.searchForToken', ['services', 'db'], 'fqdns'], [['services', 'db', '1', 'back', 'fqdns']]],
      [['bd_vlib.getLocalGroupHosts'], fqdns('b-0', 'b-1', 'f-0').split(',')],
      [['bd_vlib.getClusterHostsFQDN'], fqdns('b-0', 'b-1', 'f-0').split(',')],
      [['bd_vlib3.getNodeGroupFQDN', '1'], fqdns('b-0', 'b-1', 'f-0').split(',')],
      [['bd_vlib3.getNumNodegroups'], 1],
      [['bdmacro.getNodeIndexFromFqdn', fqdns('b-0')], '1'],
      [['BDVLIB_TokenWait', 't', 'f'], 0],
      [['BDVLIB_TokenWake', 't', 'error'], 0],
      [['BDVLIB_ServiceWait', [['services', 'web', '1']]], 0],
    ];
    const answers = await ask(
      python,
      expected.map(([question]) => question),
    );
    expect(answers).toEqual(expected.map(([, value]) => ({ value })));
  });

  it('raises the exceptions that callers know', async () => {
    const answers = await ask(python, [
      ['namespace.getValue', 'node.nope'],
      ['namespace.getValue', 'version.x'],
      ['namespace.getWithTokens', ['node', 'é']],
      ['cli.process_result', 0.5],
      ['node.getNodeIdFromFqdn', 'nobody'],
      ['nodegroup.getNodegroupFqdns', '2'],
      ['cli.onecmd', 'namespace'],
      ['cli.onecmd', 'exit'],
    ]);
    const have = 'role_id, nodegroup_id, id, hostname, fqdn, domain, distro_id, depends_on';
    expect(answers.map((answer) => ('error' in answer ? [answer.error, answer.text] : answer))).toEqual([
      ['configcli.KeyError', `node.nope: no such key (have: ${have})`],
      ['configcli.KeyError', 'version.x: no such key (there are no keys below)'],
      ['configcli.KeyError', `node.é: no such key (have: ${have})`],
      ['configcli.UnknownValueType', expect.any(String)],
      [expect.stringMatching(/^(builtins|exceptions)\.Exception$/), 'nobody: no such member'],
      [expect.stringMatching(/^(builtins|exceptions)\.Exception$/), 'no nodegroup 2'],
      { exit: 1 },
      { exit: 0 },
    ]);
  });

  it('waits for services, and notices a document that is not there at the first look-up only', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    guest.write({
      services: { up: { endpoints: [`tcp://127.0.0.1:${port}`] }, down: { endpoints: ['tcp://127.0.0.1:1'] } },
    });
    const waits = await ask(python, [
      ['BDVLIB_ServiceWait', [['services', 'up']]],
      ['BDVLIB_ServiceWait', [['services', 'down']], 0],
    ]);
    server.close();
    guest.write('{"node":');
    const [damaged] = await ask(python, [['namespace.getValue', 'node.id']]);
    expect(waits).toEqual([{ value: 0 }, { value: 1 }]);
    expect(damaged).toMatchObject({
      error: 'configcli.KeyError',
      text: expect.stringMatching(/: not JSON$/) as string,
    });
  });
});

it('the interactive shell completes words at the Tab key', async () => {
  // What a terminal is for here, Python's pty module gives.
  const python = found.find((file) => !file.includes('/2.')) ?? 'python3';
  const keys = ['names\t', 'dis\t', '\n', 'macro nodeg\t', '--num\t', '\n', 'exit\n'];
  const { code, stdout } = await runProgram(
    python,
    ['test/guest-tools/support/terminal.py', guest.path('usr/bin/ccli'), ...keys],
    { env: { ...env(), PATH: guest.barePath, TERM: 'dumb' } },
  );
  expect(code).toBe(0);
  expect(stdout).toContain('ccli> namespace distros \r\nacme/web\r\n');
  expect(stdout).toContain('ccli> macro nodegroup --num_nodegroups \r\n1\r\n');
});

describe('finding the module', () => {
  const python = found.find((file) => file.endsWith('/python3')) ?? found[0] ?? 'python3';
  const importing = ['-c', 'import configcli, bd_vlib; print(configcli.__file__)'];

  it('needs no PYTHONUSERBASE in a virtual environment that was there', async () => {
    const other = createGuest('old');
    const environment = other.path('opt/venv');
    mkdirSync(other.path('opt'), { recursive: true });
    const made = await runProgram(python, ['-m', 'venv', '--without-pip', environment]);
    expect(made).toMatchObject({ code: 0 });
    expect(await other.install()).toEqual({ code: 0, stdout: '', stderr: '' });
    const { stdout } = await runProgram(`${environment}/bin/python`, ['-B', '-s', ...importing], { env: {} });
    expect(stdout).toBe(`${other.path('usr/lib/configcli/python/configcli/__init__.py')}\n`);
    other.remove();
  });

  it('ignores a file called python that is not Python', async () => {
    const other = createGuest();
    mkdirSync(other.path('usr/bin'), { recursive: true });
    writeFileSync(other.path('usr/bin/python'), '#!/bin/bash\necho "no such version" >&2; exit 127\n', { mode: 0o755 });
    symlinkSync('/nowhere', other.path('usr/bin/python3'));
    expect(await other.install()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(existsSync(other.path('usr/local/bin/configcli'))).toBe(true);
    other.remove();
  });

  it('supports platform-python like any other', async () => {
    const other = createGuest();
    mkdirSync(other.path('usr/libexec'), { recursive: true });
    symlinkSync(python, other.path('usr/libexec/platform-python'));
    expect(await other.install()).toEqual({ code: 0, stdout: '', stderr: '' });
    const { stdout } = await runProgram(python, ['-B', ...importing], {
      env: { PYTHONUSERBASE: other.path('usr/local') },
    });
    expect(stdout).toBe(`${other.path('usr/local/lib/configcli/python/configcli/__init__.py')}\n`);
    other.remove();
  });
});
