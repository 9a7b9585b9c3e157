import { expect, test } from 'vitest';
import { barsOf } from '../../../src/plugin/clusters/bars.ts';
import { clusterView } from '../../../src/view/cluster-view.ts';
import { run } from './cluster-server.ts';
import { cluster, condition, member, now } from '../view/fixture.ts';

const path = '/apis/kubedirector.hpe.com/v1beta1/namespaces/default/kubedirectorclusters';
const list = (...items: object[]) => ({ metadata: { resourceVersion: '7' }, items });
const event = (type: string, object: unknown) => `${JSON.stringify({ type, object })}\n`;
const creating = cluster({
  state: 'creating',
  conditions: [condition('Ready', 'False', 'no\u001b[2J image')],
  roles: [{ id: 'worker', statefulSet: 'w', members: [member('w-0')] }],
});
const configured = cluster({ state: 'configured' });
const answers = {
  [path]: list(creating),
  [`${path}?watch`]: event('MODIFIED', creating) + event('MODIFIED', configured) + event('DELETED', configured),
};

test('tells a line for each change of a cluster until it is gone', async () => {
  const { out, code } = await run(['watch', 'spark'], answers);
  expect(out.split('\n')).toEqual([
    'spark: creating, 1/3 set up: no image',
    'spark: configured, 0/3 set up',
    'spark: gone',
    '',
  ]);
  expect(code).toBe(0);
});

test('draws over its last picture in a terminal', async () => {
  const terminal = { hasColours: false, size: () => ({ columns: 80, rows: 24 }) };
  const { out } = await run(['watch', 'spark'], answers, [], terminal);
  const pictures = out.split('\u001b[3A\r\u001b[J');
  expect(pictures.map((picture) => picture.split('\n'))).toEqual([
    ...Array.from({ length: 2 }, () => [
      'spark (creating, app spark): no image',
      `  [${'.'.repeat(20)}] master: 0/1 set up`,
      '  [##########..........] worker: 1/2 set up',
      '',
    ]),
    [
      'spark (configured, app spark)',
      `  [${'.'.repeat(20)}] master: 0/1 set up`,
      `  [${'.'.repeat(20)}] worker: 0/2 set up`,
      'spark: gone',
      '',
    ],
  ]);
});

test('keeps the picture within the window', async () => {
  const terminal = { hasColours: false, size: () => ({ columns: 20, rows: 3 }) };
  const { out } = await run(['watch', 'spark'], answers, [], terminal);
  const [picture = '', ...rest] = out.split('\u001b[2A\r\u001b[J');
  expect(picture).toBe('spark (creating, a…\nand 2 more lines\n');
  expect(rest).toHaveLength(2);
});

test('asks for all clusters of the namespace without a name, and tells a refusal', async () => {
  const { err, code, asked } = await run(['watch'], {});
  expect([err, code]).toEqual(['kubectl kd: no\n', 1]);
  expect(asked).toMatchObject([{ path, query: 'limit=500' }]);
});

test('names the namespaces of all clusters with -A', async () => {
  const all = '/apis/kubedirector.hpe.com/v1beta1/kubedirectorclusters';
  const other = { ...configured, metadata: { ...configured.metadata, namespace: 'lab' } };
  const later = { code: 403, message: 'no more', metadata: {} };
  const { out, err } = await run(['watch', '-A'], {
    [all]: list(configured, other),
    [`${all}?watch`]: event('DELETED', other) + event('ERROR', later),
  });
  expect(out.split('\n')).toEqual([
    'default/spark: configured, 0/3 set up',
    'lab/spark: configured, 0/3 set up',
    'lab/spark: gone',
    '',
  ]);
  expect(err).toBe('kubectl kd: no more\n');
});

test('does not watch a cluster that is not there', async () => {
  const { err, code } = await run(['watch', 'spark'], { [path]: list() });
  expect([err, code]).toEqual(['kubectl kd: there is no cluster "spark"\n', 1]);
});

const lastWords = '漢字漢字';
test.each([
  [30, 's (creating, app spark): 漢…'],
  [31, 's (creating, app spark): 漢字…'],
  [33, 's (creating, app spark): 漢字漢…'],
  [34, 's (creating, app spark): 漢字漢字'],
])('cuts a line to %i columns, and halves no character', (columns, first) => {
  const view = { ...clusterView({ cluster: creating }, now), name: 's', lastWords };
  expect(barsOf(view, columns, false)[0]).toBe(first);
});

test('paints bars: done ones green, others yellow', () => {
  const view = clusterView(
    { cluster: cluster({ roles: [{ id: 'master', statefulSet: 'm', members: [member('m-0')] }] }) },
    now,
  );
  expect(barsOf(view, 80, true).slice(1)).toEqual([
    `  \u001b[32m[${'#'.repeat(20)}]\u001b[0m master: 1/1 set up`,
    `  \u001b[33m[${'.'.repeat(20)}]\u001b[0m worker: 0/2 set up`,
  ]);
});
