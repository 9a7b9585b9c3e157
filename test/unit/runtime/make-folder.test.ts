import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeFolder } from '../../../src/runtime/make-folder.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kubedirector-folder-'));
});
afterEach(() => rmSync(root, { recursive: true }));

it('makes a folder with those it is in, and tells the outermost', async () => {
  expect(await makeFolder(join(root, 'a/b/c'), 0o700)).toBe(join(root, 'a'));
  for (const made of ['a', 'a/b', 'a/b/c']) expect(statSync(join(root, made)).mode & 0o777).toBe(0o700);
  expect(await makeFolder(join(root, 'a/b/d'))).toBe(join(root, 'a/b/d'));
});

it('leaves one that is there as it is', async () => {
  mkdirSync(join(root, 'a'), { mode: 0o750 });
  symlinkSync(join(root, 'a'), join(root, 'link'));
  for (const there of ['a', 'link', '.']) expect(await makeFolder(join(root, there), 0o700)).toBeUndefined();
  expect(statSync(join(root, 'a')).mode & 0o777).toBe(0o750);
  expect(await makeFolder('/')).toBeUndefined();
});

it('may be asked twice at a time', async () => {
  const made = await Promise.all([makeFolder(join(root, 'a/b')), makeFolder(join(root, 'a/b'))]);
  expect(made).toContain(join(root, 'a'));
  expect(existsSync(join(root, 'a/b'))).toBe(true);
});

it('says so where a file is in the way', async () => {
  writeFileSync(join(root, 'file'), '');
  symlinkSync(join(root, 'gone'), join(root, 'dangling'));
  await expect(makeFolder(join(root, 'file'))).rejects.toThrow('EEXIST');
  await expect(makeFolder(join(root, 'file/a'))).rejects.toThrow('ENOTDIR');
  await expect(makeFolder(join(root, 'dangling'))).rejects.toThrow('EEXIST');
});

it.runIf(process.platform === 'linux')('says so where the system has nothing made: ENOENT is an answer', async () => {
  await expect(makeFolder('/proc/kubedirector')).rejects.toThrow('ENOENT');
  await expect(makeFolder('/proc/kubedirector/data/deep')).rejects.toThrow('ENOENT');
});
