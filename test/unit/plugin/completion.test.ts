import { expect, test } from 'vitest';
import { complete, type Names } from '../../../src/plugin/completion/complete.ts';
import { createProgram } from '../../../src/plugin/program.ts';

const silent = { write: () => true };
const program = createProgram({
  ...{ stdout: silent, stderr: silent, version: '1', guestTools: '', pageFolder: '' },
  end: () => undefined,
  interrupted: () => Promise.resolve(),
  openBrowser: () => Promise.resolve(false),
});

/** What is offered for the words; the last one is not complete. */
async function offered(...words: string[]) {
  const asked: unknown[] = [];
  const names: Names = (thing, { operands, values }) => {
    asked.push([thing, operands, values]);
    return Promise.resolve([`${thing}-a`, `${thing}-b`]);
  };
  const { choices, directive } = await complete(program, words, names);
  return { values: choices.map(({ value }) => value), directive, asked, choices };
}

test('offers commands with what they are for, also below app', async () => {
  const { choices, directive } = await offered('re');
  expect(choices).toEqual([
    { value: 'restart', description: expect.stringContaining('restart all members') as string },
    { value: 'resume', description: expect.stringContaining('start the members') as string },
  ]);
  expect(directive).toBe(4);
  expect((await offered('app', '')).values).toEqual(expect.arrayContaining(['init', 'lint', 'test']));
  expect((await offered('no-such', '')).values).toEqual([]);
});

test('offers flags that are not there yet', async () => {
  const { values } = await offered('get', '--as-group', 'a', '-A', '--a');
  expect(values).toEqual(['--as', '--as-group', '--as-uid']);
  expect((await offered('get', '--', '-')).values).toEqual([]);
});

test.each([
  [['tree', 'cluster-a'], ['cluster-a']],
  [['tree', 'spark', ''], []],
  [['get', 'cluster-a', ''], ['cluster-b']],
  [
    ['watch', ''],
    ['cluster-a', 'cluster-b'],
  ],
  [['scale', 'spark', 'role-b'], ['role-b']],
  [['scale', 'spark', 'worker', ''], []],
  [
    ['logs', 'spark', '--member', ''],
    ['member-a', 'member-b'],
  ],
  [
    ['get', '-n', ''],
    ['namespace-a', 'namespace-b'],
  ],
  [['get', '--namespace=namespace-b'], ['namespace-b']],
  [['get', '--context', 'context-a'], ['context-a']],
  [
    ['upgrade', 'spark', '--app', 'app-'],
    ['app-a', 'app-b'],
  ],
  [['get', '-o', 'w'], ['wide']],
  [
    ['wait', 'spark', '--for', 'c'],
    ['configured', 'condition='],
  ],
  [
    ['open', ''],
    ['cluster-a', 'cluster-b'],
  ],
  [['open', 'spark/service-b'], ['spark/service-b']],
  [
    ['get', '--no-such=', ''],
    ['cluster-a', 'cluster-b'],
  ],
])('completes %j to %j', async (words, values) => {
  expect((await offered(...words)).values).toEqual(values);
});

test('asks for names with the words before', async () => {
  const { asked } = await offered('scale', '--namespace=lab', '--as', 'ann', 'spark', '');
  expect(asked).toEqual([['role', ['spark'], { namespace: 'lab', as: 'ann' }]]);
  expect((await offered('open', 'spark/')).asked).toEqual([['service', ['spark'], {}]]);
});

test('asks for no names where none are needed', async () => {
  for (const words of [['sc'], ['get', '--'], ['get', '-o', ''], ['version', '']])
    expect((await offered(...words)).asked).toEqual([]);
});

test('leaves files and folders to the shell', async () => {
  expect((await offered('get', '--kubeconfig', '')).directive).toBe(0);
  expect((await offered('app', 'test', '')).directive).toBe(16);
  expect((await offered('plan', 'spark', '--scale', '')).directive).toBe(2 + 4);
});
