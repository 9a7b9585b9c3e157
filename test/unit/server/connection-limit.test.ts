import { expect, it } from 'vitest';
import { defaultMaxConnections } from '../../../src/server/serve/connection-limit.ts';

const limits = (files: string) => () =>
  Promise.resolve(`Limit      Soft Limit  Hard Limit  Units\nMax open files   ${files}   ${files}   files\n`);

it.each([
  ['1048576', 5_000],
  ['unlimited', 5_000],
  ['1024', 768],
  ['64', 16],
])('with %s file descriptors the limit is %i connections', async (files, connections) => {
  expect(await defaultMaxConnections(limits(files))).toBe(connections);
});

it('the limit is 5,000 connections if the number of file descriptors is unknown', async () => {
  expect(await defaultMaxConnections(() => Promise.resolve(''))).toBe(5_000);
});
