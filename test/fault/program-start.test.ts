/** Starts of the program that must fail. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  directory,
  eachInItsFolder,
  makeNamespace,
  picture,
  refused,
  serving,
  start,
  statusOf,
  stopped,
} from './program-start-fixture.ts';

eachInItsFolder();

describe('a second start on the same folder', () => {
  it('is refused with the process id of the other, whatever the port, and does not change the first one', async () => {
    const first = await serving();
    for (const args of [[], ['--reset']]) {
      await refused(
        start(args, directory, first.port),
        `${join(directory, 'data')} is in use by process ${first.program.process.pid}`,
        '--data',
      );
    }
    expect(await statusOf(first.target, 'default')).toBe(200);
    await makeNamespace(first.target, 'after');
    await stopped(first.program);
    const { target } = await serving();
    expect(await statusOf(target, 'after')).toBe(200);
  });

  it('succeeds for exactly one of several at the same time', async () => {
    const all = Array.from({ length: 3 }, () => start());
    const results = await Promise.allSettled(all.map((program) => program.printed('Ctrl-C stops it')));
    const losers = all.filter((_, index) => results[index]?.status === 'rejected');
    expect(losers).toHaveLength(2);
    for (const loser of losers) await refused(loser, directory);
  });
});

describe('a start on a port that is taken', () => {
  it('is refused with the port and the flag, and leaves no lock behind', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const port = String((taken.address() as AddressInfo).port);
    try {
      await refused(start([], directory, port), `port ${port} of 127.0.0.1 is in use`, '--port');
      const { program, target } = await serving();
      await makeNamespace(target, 'mine');
      await stopped(program);

      const before = picture(directory);
      await refused(start(['--reset'], directory, port), `port ${port} of 127.0.0.1 is in use`, '--port');
      const kept = (shown: Record<string, string>): unknown =>
        Object.entries(shown).filter(([path]) => !path.startsWith('data/lock-'));
      expect(kept(picture(directory))).toEqual(kept(before));
    } finally {
      taken.close();
    }
    const { target } = await serving([], directory, port);
    expect(await statusOf(target, 'mine')).toBe(200);
  });
});

describe('a folder of somebody else', () => {
  it.each([
    ['files in data', 'data/thesis.txt', 'data is not empty and not a kubedirector data folder (it has thesis.txt'],
    [
      'a foreign marker in data',
      'data/format.json',
      'data/format.json is not the marker of a kubedirector data folder',
    ],
    ['certificates beside no data, as in /etc', 'pki/tls/private/host.key', "is not a playground's (it has pki and no"],
    ['a kubeconfig beside no data', 'kubeconfig', "is not a playground's (it has kubeconfig and no data/format.json"],
  ])('is not touched where it has %s', async (_what, file, told) => {
    const path = join(directory, file);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, '{"format":"theirs"}', { mode: 0o644 });
    const before = picture(directory);
    for (const args of [[], ['--reset']]) await refused(start(args), directory, told, '--data');
    expect(picture(directory)).toEqual(before);
  });

  it('is not touched beside our files, also by a reset', async () => {
    mkdirSync(join(directory, 'notes'), { recursive: true });
    writeFileSync(join(directory, 'notes/mine.txt'), 'mine');
    const { program } = await serving();
    await stopped(program);
    await stopped((await serving(['--reset'])).program);
    expect(readFileSync(join(directory, 'notes/mine.txt'), 'utf8')).toBe('mine');
    expect(readdirSync(directory).sort()).toEqual(['data', 'kubeconfig', 'kubeconfig-viewer', 'notes', 'pki']);
  });
});

describe('a reset', () => {
  it('forgets data, certificates and kubeconfig', async () => {
    const { program, target } = await serving();
    await makeNamespace(target, 'mine');
    await stopped(program);
    const authority = readFileSync(join(directory, 'pki/ca.crt'), 'utf8');
    const anew = await serving(['--reset']);
    expect(await statusOf(anew.target, 'mine')).toBe(404);
    expect(await statusOf(anew.target, 'default')).toBe(200);
    expect(readFileSync(join(directory, 'pki/ca.crt'), 'utf8')).not.toBe(authority);
    await stopped(anew.program);
  });

  it('makes a folder that does not exist', async () => {
    const { target } = await serving(['--reset']);
    expect(await statusOf(target, 'default')).toBe(200);
  });
});
