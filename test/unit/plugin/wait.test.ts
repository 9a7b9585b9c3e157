import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { followClusters } from '../../../src/plugin/clusters/follow.ts';
import { durationOf } from '../../../src/plugin/clusters/goal.ts';
import { run } from './cluster-server.ts';
import { cluster, condition } from '../view/fixture.ts';

const path = '/apis/kubedirector.hpe.com/v1beta1/namespaces/default/kubedirectorclusters';
const list = (...items: ReturnType<typeof cluster>[]) => ({ metadata: { resourceVersion: '7' }, items });
const event = (type: string, object: unknown) => `${JSON.stringify({ type, object })}\n`;
const creating = cluster({ state: 'creating', conditions: [condition('Ready', 'False', 'no\u001b[2J image')] });
const ready = cluster({ state: 'configured', conditions: [condition('Ready', 'True', '')] });

test('waits for the cluster to be configured, and tells the progress', async () => {
  const { out, err, code, asked } = await run(['wait', 'spark'], {
    [path]: list(creating),
    [`${path}?watch`]: event('MODIFIED', creating) + event('MODIFIED', ready),
  });
  expect([out, err, code]).toEqual(['spark: configured\n', 'spark: creating, 0/3 set up: no image\n', 0]);
  expect(asked.map(({ query }) => Object.fromEntries(new URLSearchParams(query)))).toEqual([
    { fieldSelector: 'metadata.name=spark' },
    { fieldSelector: 'metadata.name=spark', watch: 'true', resourceVersion: '7' },
  ]);
});

test('does not take what the controller said of an older spec', async () => {
  const changed = { ...ready, metadata: { ...ready.metadata, generation: 2 } };
  const { err, code } = await run(['wait', 'spark', '--timeout', '0'], { [path]: list(changed) });
  expect(err.split('\n')).toEqual([
    'spark: configured, 0/3 set up',
    'kubectl kd: the time is over: spark is not "configured"',
    '',
  ]);
  expect(code).toBe(1);
});

test.each(['condition=ready=false', 'condition=Ready=False'])('waits for %s', async (goal) => {
  const { out } = await run(['wait', 'spark', '--for', goal, '--timeout=0'], { [path]: list(creating) });
  expect(out).toBe(`spark: ${goal}\n`);
});

test('waits until the cluster is gone, and takes no other of its name for it', async () => {
  const named = (uid: string) => ({ ...ready, metadata: { ...ready.metadata, uid } });
  const { out } = await run(['wait', 'spark', '--for=delete'], {
    [path]: list(named('a')),
    [`${path}?watch`]: event('ADDED', named('b')),
  });
  expect(out).toBe('spark: deleted\n');
});

test('ends when the time is over while the server says nothing', async () => {
  const { err, code } = await run(['wait', 'spark', '--timeout=50ms'], {
    [path]: list(creating),
    [`${path}?watch`]: '',
  });
  expect(err).toContain('the time is over');
  expect(code).toBe(1);
});

test('does not wait for a cluster that is not there', async () => {
  const { err, code } = await run(['wait', 'spark'], { [path]: list() });
  expect([err, code]).toEqual(['kubectl kd: there is no cluster "spark"\n', 1]);
});

test.each([['--for=ready'], ['--timeout=soon'], ['--timeout=5']])('does not take %s', async (flag) => {
  await expect(run(['wait', 'spark', flag], {})).rejects.toThrow('It is not in a form that is known.');
});

test.each([
  ['0', 0],
  ['1h30m', 5_400_000],
  ['1.5s', 1500],
  ['250ms', 250],
  ['9999999h', 2 ** 31 - 1],
  ['', undefined],
])('takes %j as %j ms', (text, ms) => {
  expect(durationOf(text)).toBe(ms);
});

test.each([
  ['ends', ''],
  ['is of a version that is too old', event('ERROR', { code: 410 })],
  ['breaks off', '{"type":"MODI'],
])('lists again, after a pause, where the watch %s', async (_, text) => {
  const calls: string[] = [];
  const client = {
    namespace: 'default',
    get: <T>() => {
      calls.push('list');
      return Promise.resolve(list(creating) as T);
    },
    open: () => {
      calls.push('watch');
      const answer = new IncomingMessage(new Socket());
      answer.push(text);
      answer.push(null);
      return Promise.resolve(answer);
    },
  };
  const pause = () => Promise.resolve(calls.push('pause'));
  const { signal } = new AbortController();
  const clusters = followClusters({ client, name: undefined, signal, pause });
  await clusters.next();
  await clusters.next();
  await clusters.return(undefined);
  expect(calls).toEqual(['list', 'watch', 'pause', 'list']);
});
