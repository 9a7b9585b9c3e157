/**
 * No request holds the event loop for long, however large it or its answer is, alone or with many others: everybody
 * else's requests wait for as long.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kind } from './holds/kind.ts';
import { kinds } from './holds/requests.ts';
import { slowness } from './holds/machine.ts';
import { MeasuredServer } from './holds/server.ts';

/** Objects that lists and watches find. */
const stored = 10_000;
/** Milliseconds of processor time that one turn of the event loop may take, on a machine of nominal speed. */
const nominalLimitMs = 50;
/**
 * A turn may be long by chance (a garbage collection). Code that really holds the loop does so each time. Only the first attempt is
 * in a process that has answered other requests: in the others, the request is the first of all.
 */
const attempts = 3;

describe('the event loop', () => {
  let server: MeasuredServer;
  let sent = 0;
  const figures: string[] = [];

  beforeAll(async () => {
    server = await MeasuredServer.started(stored);
  }, 60_000);
  afterAll(async () => {
    console.log(`the longest turn of the event loop, in ms of processor time\n${figures.join('\n')}`);
    await server.stop();
  });

  async function longestOf(on: MeasuredServer, kind: Kind, atOnce: number): Promise<number> {
    const calls = Array.from({ length: atOnce }, () => kind.call(sent++));
    const { longest, used } = await on.measured(async () => {
      const outcomes = await Promise.all(calls.map((call) => on.send(call)));
      for (const { status, head } of outcomes) {
        expect(kind.status ?? [200], `${kind.name}: ${head}`).toContain(status);
      }
    });
    figures.push(`${longest.toFixed(0).padStart(6)}  ${used.toFixed(0).padStart(7)} in all  ${kind.name} × ${atOnce}`);
    return longest;
  }

  async function longestInNewProcess(kind: Kind, atOnce: number): Promise<number> {
    const another = await MeasuredServer.started(stored);
    try {
      return await longestOf(another, kind, atOnce);
    } finally {
      await another.stop();
    }
  }

  for (const kind of kinds) {
    for (const atOnce of kind.atOnce) {
      it(`is not held for long by: ${kind.name} × ${atOnce}`, { timeout: 240_000 }, async () => {
        let longest = await longestOf(server, kind, atOnce);
        const limit = longest > nominalLimitMs ? nominalLimitMs * slowness() : nominalLimitMs;
        for (let attempt = 1; attempt < attempts && longest > limit; attempt += 1) {
          longest = Math.min(longest, await longestInNewProcess(kind, atOnce));
        }
        expect(longest).toBeLessThanOrEqual(limit);
      });
    }
  }
});
