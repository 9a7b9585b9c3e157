import { expect, test } from 'vitest';
import { linesOf } from '../../../src/plugin/clusters/lines.ts';
import { run } from './cluster-server.ts';

const log = '/apis/kubedirector.hpe.com/v1beta1/namespaces/default/kubedirectorclusters/spark/log';

test('prints the output of all members without its escape sequences', async () => {
  const text = '[m-0] \u001b[31mred\u001b[0m\n\n[m-0] é\r\n[m-1] \u001b]0;a\nb\u0007 no line feed';
  const { out, err, code, asked } = await run(['logs', 'spark'], { [log]: text });
  expect([out, err, code]).toEqual(['[m-0] red\n\n[m-0] é\n[m-1] \nb no line feed\n', '', 0]);
  expect(asked).toMatchObject([{ method: 'GET', path: log, query: '' }]);
});

test('asks for one member, its last lines and what comes', async () => {
  const { asked, code } = await run(['logs', 'spark', '-f', '--member', 'm-0', '--tail', '0'], { [log]: 'one\n' });
  expect(code).toBe(0);
  expect(Object.fromEntries(new URLSearchParams(asked[0]?.query))).toEqual({
    follow: 'true',
    member: 'm-0',
    tail: '0',
  });
});

test('ends with 1 where the server refuses', async () => {
  const { out, err, code } = await run(['logs', 'spark'], {});
  expect([out, err, code]).toEqual(['', 'kubectl kd: no\n', 1]);
});

test.each(['-1', '1.5', 'all'])('does not take --tail=%s', async (tail) => {
  await expect(run(['logs', 'spark', `--tail=${tail}`], {})).rejects.toThrow('It must be a whole number.');
});

async function lines(...parts: readonly Buffer[]): Promise<string[]> {
  async function* source() {
    for (const part of parts) yield await Promise.resolve(part);
  }
  const given: string[] = [];
  for await (const line of linesOf(source())) given.push(line);
  return given;
}

test('puts lines together from parts, also where a character is halved', async () => {
  const bytes = Buffer.from('añb\n\nc');
  expect(await lines(bytes.subarray(0, 2), bytes.subarray(2))).toEqual(['añb', '', 'c']);
});

test('gives a line that does not end in pieces', async () => {
  const part = Buffer.alloc(3 * 1024 * 1024, 'x');
  expect((await lines(part, part, part)).map(({ length }) => length)).toEqual([2 * part.length, part.length]);
});
