import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePki } from '../../src/playground/index.ts';
import { signsFor } from '../../src/pki/key-pair.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { buildChild } from './storage-program.ts';

/** So far from now that the CA, which is valid for ten years, must be renewed. */
const nearItsEnd = 3_640;

let program: string;
let folder: string;
beforeAll(async () => {
  program = await buildChild('pki-child.ts');
  folder = await mkdtemp(join(tmpdir(), 'kd-pki-'));
  // A process that is killed leaves nothing for the next ones in the cache of compiled code (see vitest.config.ts).
  expect(killedAt(join(folder, 'whole'), 0, 0)).toBe(false);
});
afterAll(() => rm(folder, { recursive: true }));

/** Whether the process was killed before it was done. */
function killedAt(directory: string, days: number, rename: number): boolean {
  const { signal, status, stderr } = spawnSync(process.execPath, [program, directory, String(days), String(rename)]);
  if (signal === null && status !== 0) throw new Error(stderr.toString());
  return signal === 'SIGKILL';
}

describe('certificates that are being made when the process is killed', () => {
  it.each([
    ['for the first time', 0],
    ['because the CA nears its end', nearItsEnd],
  ])('are whole after the next start: %s', async (_, days) => {
    const made = join(folder, `made-${days}`);
    if (days > 0) await ensurePki(made, systemClock);
    const clock = { ...systemClock, now: () => new Date(Date.now() + days * 86_400_000) };
    let rename = 1;
    for (let killed = true; killed; rename++) {
      const directory = join(folder, `${days}-${rename}`);
      if (days > 0) await cp(made, directory, { recursive: true });
      killed = killedAt(directory, days, rename);
      // The next start may be killed as well, while it puts this right.
      killedAt(directory, days, 1);
      const { ca, ...pairs } = await ensurePki(directory, clock);
      const authority = new X509Certificate(ca);
      for (const { certificate, key } of Object.values(pairs)) {
        expect(new X509Certificate(certificate).verify(authority.publicKey)).toBe(true);
        expect(signsFor(new X509Certificate(certificate), key)).toBe(true);
      }
      expect((await readdir(directory)).filter((name) => name.endsWith('.next'))).toEqual([]);
    }
    // Four pairs, of two files each, that are written and then put in place.
    expect(rename - 2).toBe(16);
  });
});
