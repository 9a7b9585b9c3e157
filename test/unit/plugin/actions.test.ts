import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cluster } from '../view/fixture.ts';
import { run } from './cluster-server.ts';

const root = '/apis/kubedirector.hpe.com/v1beta1/namespaces/default';
const spark = `${root}/kubedirectorclusters/spark`;
const view = `${root}/kubedirectorroles/spark.worker/scale`;

test('scales by the subresource of the role, and shows the plan that the server gives as Warnings', async () => {
  const { out, err, code, asked } = await run(['scale', 'spark', 'worker', '4'], { [view]: {} }, [
    '2 members\u009b1m join',
  ]);
  expect([out, code]).toEqual(['role worker of spark scaled to 4\n', 0]);
  expect(err).toBe('Warning: 2 members join\n');
  expect(asked).toMatchObject([
    { method: 'PATCH', path: view, query: 'fieldManager=kubectl-kd', body: '{"spec":{"replicas":4}}' },
  ]);
});

test('changes nothing with --dry-run', async () => {
  const { out, asked } = await run(['upgrade', 'spark', '--app', 'spark35', '--dry-run'], { [spark]: {} });
  expect(out).toBe('upgrade of spark to spark35 asked for (dry run: nothing was changed)\n');
  expect(asked).toMatchObject([
    { method: 'PATCH', path: spark, query: 'fieldManager=kubectl-kd&dryRun=All', body: '{"spec":{"app":"spark35"}}' },
  ]);
});

test.each([
  [['restart', 'spark'], 'restart', {}],
  [
    ['restart', 'spark', '--role', 'worker', '--member', 'm-0', 'm-1'],
    'restart',
    { roles: ['worker'], members: ['m-0', 'm-1'] },
  ],
  [['suspend', 'spark'], 'suspend', {}],
  [['resume', 'spark'], 'resume', {}],
])('%j asks for it by its own subresource', async (args, action, body) => {
  const { code, asked } = await run(args, { [`${spark}/${action}`]: {} });
  expect(code).toBe(0);
  expect(asked).toMatchObject([{ method: 'POST', path: `${spark}/${action}`, body: JSON.stringify(body) }]);
});

test('ends with 1 where the server refuses', async () => {
  const { out, err, code } = await run(['suspend', 'spark'], {});
  expect([out, err, code]).toEqual(['', 'kubectl kd: no\n', 1]);
});

const change = {
  role: 'worker',
  class: 'live',
  action: 'Scale',
  count: 1,
  members: [],
  fields: [],
  message: 'one\u0007 joins',
};

test('plans for the cluster as it is with the changes asked about', async () => {
  const { out, code, asked } = await run(['plan', 'spark', '--app', 'b', '--scale', 'worker=3'], {
    [spark]: cluster(),
    [`${spark}/plan`]: { changes: [change] },
  });
  expect([out, code]).toEqual(['live: one joins\n', 0]);
  const sent = JSON.parse(asked[1]?.body ?? '{}') as ReturnType<typeof cluster>;
  expect([sent.spec.app, sent.spec.roles.map(({ members }) => members)]).toEqual(['b', [1, 3]]);
});

test('plans for the cluster of a file, and ends with 1 where it would be refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kd-plan-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'spark.yaml');
  writeFileSync(file, 'kind: KubeDirectorCluster\nspec: { app: c, roles: [] }\n');
  const { out, code, asked } = await run(['plan', 'spark', '-f', file], {
    [`${spark}/plan`]: { changes: [{ ...change, class: 'refused' }] },
  });
  expect([out, code]).toEqual(['refused: one joins\n', 1]);
  expect(JSON.parse(asked[0]?.body ?? '{}')).toEqual({ kind: 'KubeDirectorCluster', spec: { app: 'c', roles: [] } });
});

test.each([
  [[], 'say what would change'],
  [['--scale', 'workers=3'], 'there is no role "workers": the roles are master, worker'],
  [['--scale', 'worker=many'], '"worker=many" is not like ROLE=MEMBERS'],
])('does not plan for %j', async (flags, words) => {
  const { err, code } = await run(['plan', 'spark', ...flags], { [spark]: cluster() });
  expect([err, code]).toEqual([expect.stringContaining(words), 1]);
});
