/** What the packages of the examples share, run by the local bash with a configcli that knows two roles. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubedirector-member-'));
  const known = `#!/bin/bash
case $2 in
  node.distro_id) echo examples/one ;;
  distros.examples/one.1.roles.node.fqdns) echo a.example.com,b.example.com ;;
  *) echo "no $2" >&2; exit 1 ;;
esac
`;
  writeFileSync(join(directory, 'configcli'), known, { mode: 0o755 });
});
afterAll(() => rmSync(directory, { recursive: true }));

function bash(script: string): { code: number | null; stdout: string; stderr: string } {
  const text = `set -euo pipefail\n. ${resolve('manifests/examples/member.sh')}\nsleep() { :; }\n${script}`;
  const env = { ...process.env, PATH: `${directory}:${process.env['PATH'] ?? ''}` };
  const { status, stdout, stderr } = spawnSync('bash', ['-c', text], { encoding: 'utf8', cwd: directory, env });
  return { code: status, stdout, stderr };
}

describe('member.sh', () => {
  test.each([
    ['fqdns node', 'a.example.com b.example.com\n'],
    ['fqdns nothing', ''],
    ['joined , a b c', 'a,b,c\n'],
    ['joined ,', '\n'],
    ['joined , $(fqdns nothing) x', 'x\n'],
    ['argument --role --addnodes --nodegroup 1 --role node --fqdns a,b', 'node\n'],
    ['argument --fqdns --addnodes --nodegroup 1 --role node --fqdns a,b', 'a,b\n'],
    ['argument --role --addnodes --role', ''],
    ['argument --other --addnodes --role node', ''],
  ])('%s prints %j', (command, stdout) => {
    expect(bash(command)).toEqual({ code: 0, stdout, stderr: '' });
  });

  test('until_true ends when the command succeeds, and fails when the time is over', () => {
    const third = bash('n=0; third() { n=$((n + 1)); [ $n = 3 ]; }\nuntil_true 5 "the third" third; echo $n');
    expect(third).toEqual({ code: 0, stdout: 'waiting for the third\n3\n', stderr: '' });
    const never = bash('until_true 5 nothing false; echo reached');
    expect([never.code, never.stderr]).toEqual([1, 'still waiting for nothing after 5 seconds\n']);
    expect(never.stdout).not.toContain('reached');
  });

  test('write_file leaves the file as it was until the new one is whole', () => {
    expect(bash('echo one | write_file sub/file; (echo two; cat sub/file >&2) | write_file sub/file').stderr).toBe(
      'one\n',
    );
    expect(readFileSync(join(directory, 'sub/file'), 'utf8')).toBe('two\n');
  });
});
