import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { StatusError } from '../../../src/meta/status.ts';
import { followClusters } from '../../../src/plugin/clusters/follow.ts';
import { durationOf, requestTimeoutOf } from '../../../src/plugin/clusters/duration.ts';
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
    { fieldSelector: 'metadata.name=spark', limit: '500' },
    {
      ...{ fieldSelector: 'metadata.name=spark', watch: 'true', resourceVersion: '7', allowWatchBookmarks: 'true' },
      timeoutSeconds: expect.stringMatching(/^[3-6]\d\d$/) as string,
    },
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

test('takes a request timeout without a unit as seconds', () => {
  expect(['5', '250ms', '0', 'soon'].map(requestTimeoutOf)).toEqual([5000, 250, 0, undefined]);
});

/** Follows clusters of a server that answers in this order; what is absent never comes. */
function play(answers: { lists: object[]; watches: (string | Error)[] }) {
  const calls: string[] = [];
  const troubles: string[] = [];
  const stop = new AbortController();
  const take = <T>(kind: string, path: string, from: (T | Error)[]): Promise<T> => {
    calls.push(`${kind} ${new URLSearchParams(path.split('?')[1]).get('resourceVersion') ?? ''}`.trim());
    const answer = from.shift();
    if (answer === undefined) return new Promise(() => undefined);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const client = {
    namespace: 'default',
    get: <T>(path: string) => take('list', path, answers.lists) as Promise<T>,
    open: async (path: string) => {
      const text = await take('watch', path, answers.watches);
      const answer = new IncomingMessage(new Socket());
      answer.push(text);
      answer.push(null);
      return answer;
    },
  };
  const clusters = followClusters({
    ...{ client, name: undefined, signal: stop.signal },
    troubled: (problem) => troubles.push(problem),
    pause: () => Promise.resolve(void calls.push('pause')),
  });
  const states = async () => ((await clusters.next()).value ?? []).map(({ status }) => status?.state);
  onTestFinished(async () => {
    stop.abort();
    await clusters.return(undefined);
  });
  return { calls, troubles, states };
}

test('goes on where a watch ends, and lists again where the server has forgotten that', async () => {
  const newer = { ...list(ready), metadata: { resourceVersion: '8' } };
  const { calls, troubles, states } = play({
    lists: [list(creating), newer],
    watches: ['', event('ERROR', { code: 410, message: 'too old', metadata: {} })],
  });
  expect([await states(), await states()]).toEqual([['creating'], ['configured']]);
  expect(calls.slice(0, 5)).toEqual(['list', 'watch 7', 'pause', 'watch 7', 'list']);
  expect(troubles).toEqual([]);
});

test('waits for a server that is gone for a while, and says so once', async () => {
  const gone = new Error('127.0.0.1:1 cannot be reached');
  const { calls, troubles, states } = play({
    lists: [list(creating)],
    watches: ['{"type":"MODI', gone, gone, event('MODIFIED', ready)],
  });
  expect([await states(), await states(), await states()]).toEqual([['creating'], ['creating'], ['configured']]);
  expect(calls.filter((call) => call !== 'pause')).toEqual(['list', 'watch 7', 'watch 7', 'watch 7', 'watch 7']);
  expect(troubles).toEqual(['The connection was lost.']);
});

test('ends where the server refuses, and where it cannot be reached at the beginning', async () => {
  const refusal = new StatusError(403, 'Forbidden', 'no');
  const later = play({ lists: [list(creating)], watches: [refusal] });
  await later.states();
  await expect(later.states()).rejects.toBe(refusal);
  const gone = new Error('127.0.0.1:1 cannot be reached');
  const never = play({ lists: [gone], watches: [] });
  await expect(never.states()).rejects.toBe(gone);
  expect([...later.troubles, ...never.troubles]).toEqual([]);
});
