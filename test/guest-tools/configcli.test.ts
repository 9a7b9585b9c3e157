import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { absentKeys, instructions, keys, options, type Case } from './support/cases.ts';
import { createGuest, runProgram, type Guest } from './support/guest.ts';
import { fqdns, shop } from './support/shop.ts';

let guest: Guest;
beforeAll(async () => {
  guest = createGuest();
  guest.write(shop);
  writeFileSync(guest.path('etc/guestconfig/base_img_version'), 'img-3\nrest\n');
  expect(await guest.install()).toEqual({ code: 0, stdout: '', stderr: '' });
});
afterAll(() => guest.remove());

const asked = ([args]: Case): string =>
  args.map((arg) => (/^[-\w.=/]+$/.test(arg) ? arg : JSON.stringify(arg))).join(' ');
const named = (cases: readonly Case[]) => cases.map((each) => [asked(each), ...each] as const);

describe('configcli, without any Python', () => {
  it.each(named([...keys, ...absentKeys, ...instructions, ...options]))('%s', async (_asked, args, code, stdout) => {
    const result = await guest.run(args);
    expect({ code: result.code, stdout: result.stdout }).toEqual({
      code,
      stdout: stdout === undefined ? '' : `${stdout}\n`,
    });
    if (code !== 0) expect(result.stderr).toMatch(/^(usage: .+\n)?bd_vcli: .+\n$/);
    else if (stdout !== undefined) expect(result.stderr).toBe('');
  });

  it('prints lists that are cut as shell scripts cut them', async () => {
    const { stdout } = await guest.run(['--get', 'connections.clusters.kafka1.services.broker.1.kafka.endpoints']);
    expect(stdout).toBe('kafka://k-0.kh.ns.svc.cluster.local:9092,k-1.kh.ns.svc.cluster.local\n');
  });

  it('names the existing keys if a key is missing, but no value', async () => {
    const { stderr } = await guest.run(['--get', 'nodegroups.1.roles.front.secret_keys.nope'], { name: 'configcli' });
    expect(stderr).toBe('configcli: nodegroups.1.roles.front.secret_keys.nope: no such key (have: token, tls.key)\n');
  });

  it('decodes base64 to the bytes, and adds nothing', async () => {
    expect(await guest.run(['--decode', '--get', 'connections.secrets.s3.data.accessKey'])).toEqual({
      ...{ code: 0, stdout: 'ABCD', stderr: '' },
    });
    const raw = await guest.run(['--get', 'connections.secrets.s3.data.raw', '--decode']);
    expect(raw.stdout).toBe(Buffer.from('AAEC/w==', 'base64').toString());
  });

  it.each(['configcli', 'ccli', 'bdvcli', 'bd_vcli'])('is also called %s', async (name) => {
    expect(await guest.run(['--get', 'node.id'], { name })).toEqual({ code: 0, stdout: '1\n', stderr: '' });
  });

  it('has only macros under the name configmacro', async () => {
    const configmacro = (...args: readonly string[]) => guest.run(args, { name: 'configmacro' });
    expect(await configmacro('node', '--get_self_index')).toEqual({ code: 0, stdout: '0\n', stderr: '' });
    expect(await configmacro('nodegroup', '--get_all_fqdns')).toMatchObject({
      stdout: `${fqdns('b-0', 'b-1', 'f-0')}\n`,
    });
    expect(await configmacro('--get', 'node.id')).toMatchObject({ code: 1, stdout: '' });
    expect(await configmacro('node')).toMatchObject({ code: 2, stdout: '' });
    expect(await configmacro('-h')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^usage: /) as string });
  });

  it.each([['-h'], ['--help'], ['help'], ['namespace', '-h'], ['namespace', 'node', '-h'], ['macro', 'node', '-h']])(
    'explains itself: %s %s',
    async (...args) => {
      const result = await guest.run(args);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(result.stdout).toMatch(/^usage: /);
    },
  );

  it('ignores variables that its caller exports', async () => {
    const env = { SHELLOPTS: 'errexit:nounset:noglob:posix', IFS: ',', GLOBIGNORE: '*', P: 'x', LC_ALL: 'C' };
    const result = await guest.run(['--get', 'services.db.1.back.fqdns'], { env });
    expect(result).toEqual({ code: 0, stdout: `${fqdns('b-0', 'b-1')}\n`, stderr: '' });
  });
});

describe('the interactive shell', () => {
  it('answers line by line, tells errors and goes on', async () => {
    const stdin = 'namespace node id\n\nnamespace node nope\nmacro node\nnonsense\nccli version\nexit\nccli version\n';
    const { code, stdout, stderr } = await guest.run([], { stdin });
    expect(code).toBe(0);
    expect(stdout.replaceAll('ccli> ', '').split('\n').slice(1)).toEqual([
      '1',
      expect.stringMatching(/^KeyError: node\.nope: no such key/) as string,
      '1.0',
      '',
    ]);
    expect(stderr).toContain('no such instruction: nonsense');
  });

  it('ends with its input', async () => {
    expect(await guest.run([], { stdin: 'namespace node id' })).toMatchObject({ code: 0 });
  });

  it('is not started by an unset variable', async () => {
    expect(await guest.run(['--get', ''], { stdin: 'namespace node id\n' })).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('what setup packages begin with', () => {
  // As found in many of them: values into variables by eval and $(…), lists cut at commas, absence by exit status.
  const boilerplate = String.raw`
invoke() { eval "$@" || exit 111; }
NODE=$(invoke "$CLI --get node.fqdn")
ROLE=$(invoke "$CLI --get node.role_id")
DISTRO=$(invoke "$CLI --get node.distro_id")
GROUP=$(invoke "$CLI --get node.nodegroup_id")
DEPENDS="$(invoke "$CLI --get node.depends_on")"
NAME=$(invoke "$CLI --get cluster.name")
CORES=$(invoke "$CLI --get distros.$DISTRO.$GROUP.roles.$ROLE.flavor.cores")
FQDNS=$(invoke "$CLI --get distros.$DISTRO.$GROUP.roles.back.fqdns")
IFS=, read -r -a BACK <<< "$FQDNS"
TENANT=$($CLI --get tenant.name 2>/dev/null) || TENANT=none
for ROLES in $($CLI --get services.db.$GROUP | tr , ' '); do HOSTS=$($CLI --get services.db.$GROUP.$ROLES.fqdns); done
echo "$NODE|$ROLE|$NAME|$CORES|${'$'}{#BACK[@]}|${'$'}{BACK[1]}|$TENANT|$HOSTS|$DEPENDS"
`;

  it.each(['new', 'old'] as const)('works by /usr/bin/bd_vcli in the %s layout', async (layout) => {
    const other = createGuest(layout);
    other.write(shop);
    await other.install();
    const env = {
      PATH: `${other.barePath}:/usr/bin:/bin`,
      CLI: other.path('usr/bin/bd_vcli'),
      KD_GUEST_ROOT: other.root,
    };
    const result = await runProgram('bash', ['--norc', '-c', boilerplate], { env });
    const back = fqdns('b-0', 'b-1');
    expect(result).toEqual({
      code: 0,
      stdout: `${fqdns('f-0')}|front|shop|2|2|${fqdns('b-1')}|none|${back}|\n`,
      stderr: '',
    });
    other.remove();
  });
});

describe('documents that KubeDirector wrote', () => {
  const golden = JSON.parse(readFileSync('test/controller/testdata/configmeta-head-0.json', 'utf8')) as {
    nodegroups: Record<'1', { roles: Record<string, { fqdns: readonly string[] }> }>;
    node: Record<string, unknown>;
  };

  it('are read like any other', async () => {
    const other = createGuest();
    other.write(golden);
    await other.install();
    const { roles } = golden.nodegroups['1'];
    for (const [role, { fqdns: members }] of Object.entries(roles)) {
      const { stdout } = await other.run(['--get', `distros.example/golden.1.roles.${role}.fqdns`]);
      expect(stdout).toBe(`${members.join(',')}\n`);
    }
    expect((await other.run(['--get', 'node'])).stdout).toBe(`${Object.keys(golden.node).join(',')}\n`);
    expect((await other.run(['--get_all_fqdns'])).stdout).toBe(
      `${Object.values(roles)
        .flatMap(({ fqdns: members }) => members)
        .join(',')}\n`,
    );
    expect((await other.run(['--get', 'services.internal.1.work.endpoints'])).stdout).toBe('\n');
    expect(JSON.parse((await other.run(['--json', 'node'])).stdout)).toEqual(golden.node);
    expect(JSON.parse((await other.run(['--json', 'nodegroups'])).stdout)).toEqual(golden.nodegroups);
    other.remove();
  });
});
