import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { root } from './manifest-files.ts';

/** kubectl prints the first answer whose pattern matches the joined arguments. Without a match: no output, code 0. */
type Answers = readonly (readonly [pattern: string, stdout: string, code?: number])[];

/** In bash: a script asks dozens of times, and Node.js takes longer to start. */
const stub = `#!/bin/bash
asked="$*"
printf '%s\\n' "$asked" >>"$CALLS"
for file in "$ANSWERS"/*.pattern; do
  pattern=$(<"$file")
  if [[ $asked =~ $pattern ]]; then
    cat "\${file%pattern}stdout"
    exit "$(<"\${file%pattern}code")"
  fi
done
`;

let directory: string;
let calls: string;
let answers: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubedirector-uninstall-'));
  calls = join(directory, 'calls');
  answers = join(directory, 'answers');
  writeFileSync(join(directory, 'kubectl'), stub, { mode: 0o755 });
});
afterAll(() => rmSync(directory, { recursive: true }));
beforeEach(() => writeFileSync(calls, ''));

function uninstall(world: Answers, ...args: readonly string[]) {
  rmSync(answers, { recursive: true, force: true });
  mkdirSync(answers);
  for (const [index, [pattern, output, code = 0]] of world.entries()) {
    const file = (kind: string): string => join(answers, `${`${index}`.padStart(2, '0')}.${kind}`);
    writeFileSync(file('pattern'), pattern);
    writeFileSync(file('stdout'), output);
    writeFileSync(file('code'), `${code}`);
  }
  const env = {
    PATH: process.env['PATH'] ?? '',
    KUBECTL: join(directory, 'kubectl'),
    CALLS: calls,
    ANSWERS: answers,
  };
  const script = join(root, 'manifests/uninstall.sh');
  const { status, stdout, stderr } = spawnSync('sh', [script, '--timeout', '1', ...args], { env, encoding: 'utf8' });
  const changes = readFileSync(calls, 'utf8')
    .split('\n')
    .filter((call) => /^(delete|label) /.test(call));
  return { status, stdout, stderr, changes };
}

const available = ['^get apiservice ', 'v1beta1.kubedirector.hpe.com True'] as const;
const unavailable = ['^get apiservice ', 'v1beta1.kubedirector.hpe.com False'] as const;
const namespace = ['^get namespace kubedirector ', 'namespace/kubedirector'] as const;
const heldCluster = 'team   held   spark\n';
const held: Answers = [
  ['^get kubedirectorclusters.* --selector kubedirector.hpe.com/restoring ', heldCluster],
  ['^get kubedirectorclusters', `team   held   spark\nteam   other   spark\n`],
];
const volumes: Answers = [
  [
    '^get persistentvolumeclaims .*--selector kubedirector.hpe.com/kdcluster ',
    'team   p-one-0\nteam   p-one-1\nother   b0-two-0\n',
  ],
  [
    '^get persistentvolumes ',
    [
      'Retain   pv-data       kubedirector   kubedirector-data',
      'Retain   pv-stray      kubedirector   stray',
      'Retain   pv-member     team           p-one-0',
      'Delete   pv-member-1   team           p-one-1',
      'Retain   pv-block      other          b0-two-0',
      'Retain   pv-foreign    team           database',
      'Retain   pv-free       <none>         <none>',
      '',
    ].join('\n'),
  ],
];
const keptTitle = 'These volumes are kept by Kubernetes (reclaim policy Retain), with the data in them:\n';

// Each run of the script starts kubectl a dozen times.
describe('Uninstalling', () => {
  it('lists the volumes that remain after their claims are deleted, also the volumes of clusters', () => {
    const { status, stdout, changes } = uninstall([available, namespace, ...held, ...volumes]);
    const kept = ['pv-data of kubedirector/kubedirector-data', 'pv-stray of kubedirector/stray'];
    const ofMembers = ['pv-member of team/p-one-0', 'pv-block of other/b0-two-0'];
    const lines = [...kept, ...ofMembers].map((line) => `  ${line}\n`).join('');
    expect(stdout).toContain(`${keptTitle}${lines}The APIService`);
    expect([status, changes]).toEqual([2, []]);
  });

  it('lists no volumes of clusters that it abandons, and no volumes with --keep-data', () => {
    const abandoned = uninstall([unavailable, namespace, ...volumes], '--abandon');
    const lines = '  pv-data of kubedirector/kubedirector-data\n  pv-stray of kubedirector/stray\n';
    expect(abandoned.stdout).toContain(`${keptTitle}${lines}The APIService`);
    expect(uninstall([available, namespace, ...held, ...volumes], '--keep-data').stdout).not.toContain('Retain');
  });

  it('lists clusters that are being restored, and labels them so that they can be deleted', () => {
    const told = uninstall([available, namespace, ...held]);
    const title = '  Also these of them, although they are still being restored from a backup:\n';
    expect(told.stdout).toContain(`${title}  ${heldCluster}`);
    expect(told.changes).toEqual([]);
    const done = uninstall([available, namespace, ...held], '--yes');
    expect([done.status, done.stderr]).toEqual([0, '']);
    const [label, deletion] = done.changes;
    expect(label).toMatch(
      /^label kubedirectorclusters.* --selector kubedirector.hpe.com\/restoring kubedirector.hpe.com\/allow-delete-while-restoring= /,
    );
    expect(deletion).toMatch(/^delete .*kubedirectorclusters.* --all --all-namespaces$/);
  });

  it('labels nothing if no cluster is being restored', () => {
    const { changes, stdout } = uninstall([available, namespace], '--yes');
    expect(stdout).not.toContain('restored');
    expect(changes.filter((change) => change.startsWith('label'))).toEqual([]);
    expect(changes[0]).toMatch(/^delete .*kubedirectorclusters/);
  });

  it.each([
    ['a cluster that is being restored cannot be labelled', '^label '],
    ['a cluster cannot be deleted', '^delete .*kubedirectorclusters'],
  ])('removes nothing else if %s, unless --abandon is set', (_what, failing) => {
    const world: Answers = [available, namespace, ...held, [failing, '', 1]];
    const stopped = uninstall(world, '--yes');
    expect(stopped.status).toBe(1);
    expect(stopped.stderr).toContain('be deleted');
    expect(stopped.changes.filter((change) => /apiservice|namespace kubedirector/.test(change))).toEqual([]);
    const abandoned = uninstall(world, '--yes', '--abandon');
    expect(abandoned.status).toBe(0);
    expect(abandoned.changes.some((change) => change.includes('apiservice'))).toBe(true);
  });
});
