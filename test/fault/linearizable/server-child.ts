/**
 * A server of widgets on a store, as a process of its own. It says `port N` once it serves, and is told by its argument:
 *
 *   {"engine": "lowdb", "directory": "/tmp/…"}   {"engine": "etcd", "endpoints": ["http://…"], "prefix": "/a"}
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import type { Store } from '../../../src/storage/contract.ts';
import { openEtcdStore } from '../../../src/storage/etcd/index.ts';
import { openJournalStore } from '../../../src/storage/journal/index.ts';
import { Api } from '../../support/api.ts';
import { setWallClock } from './wall-clock.ts';

export type Engine = (
  | { readonly engine: 'lowdb'; readonly directory: string }
  | { readonly engine: 'etcd'; readonly endpoints: readonly string[]; readonly prefix: string }
) & {
  /** Where it listens; absent: on the loopback interface. */
  readonly address?: string;
  /** By how much its wall clock is wrong: one after the other at each SIGUSR2. */
  readonly wallClockMs?: readonly number[];
};

const common = { clock: systemClock, logger: silentLogger };

function open(given: Engine): Promise<Store> {
  if (given.engine === 'lowdb') return openJournalStore({ ...common, directory: given.directory });
  const { endpoints, prefix } = given;
  const pace = { silentMs: 500, probeMs: { well: 500, unavailable: 100 }, requestMs: 2_000, noMemberMs: 500 };
  return openEtcdStore({ ...common, endpoints: [...endpoints], prefix, random: Math.random, pace });
}

const engine = JSON.parse(process.argv[2] ?? '') as Engine;
const { address = '127.0.0.1', wallClockMs: [wrong = 0, ...jumps] = [] } = engine;
setWallClock(wrong);
process.on('SIGUSR2', () => {
  setWallClock(jumps.shift() ?? 0);
});
// A store that waits for its members does not keep a process alive.
setInterval(() => undefined, 60_000);
const store = await open(engine);
const api = await Api.started({ store });
const http = createServer(api.server.app).listen(0, address);
await once(http, 'listening');
store.lost.addEventListener('abort', () => process.exit(1));
process.stdout.write(`port ${(http.address() as AddressInfo).port}\n`);
