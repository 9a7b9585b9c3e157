import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import type { Store } from '../../src/storage/contract.ts';
import { openEtcdStore } from '../../src/storage/etcd/index.ts';
import { etcdBinary, noEtcd, startEtcd, type EtcdCluster } from '../support/etcd.ts';
import { EtcdLoad } from './etcd-load.ts';

/** A way to one address that can be slow, or cut: then nothing passes, and nobody is told. */
class Link {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #cut = false;
  #delayMs = 0;

  constructor(target: URL) {
    this.#server = createServer((inner) => {
      const outer = connect(Number(target.port), target.hostname);
      const pair = [inner, outer] as const;
      this.#pairs.add(pair);
      for (const [from, to] of [pair, [outer, inner] as const]) {
        from.on('data', (bytes) => {
          const send = (): void => {
            if (!this.#cut) to.write(bytes);
          };
          // Timers of the same length keep their order.
          if (this.#delayMs === 0) send();
          else setTimeout(send, this.#delayMs);
        });
        from.on('close', () => {
          if (!this.#cut) to.destroy();
          this.#pairs.delete(pair);
        });
        from.on('error', () => undefined);
      }
    }).listen(0, '127.0.0.1');
  }

  async url(): Promise<string> {
    if (!this.#server.listening) await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  cut(): void {
    this.#cut = true;
  }

  /** In each direction; for connections that are made from now on. Those from before end. */
  delay(milliseconds: number): void {
    this.#delayMs = milliseconds;
    this.mend();
  }

  /** Connections from before do not come back: what was lost on them is lost. */
  mend(): void {
    this.#cut = false;
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  close(): void {
    this.mend();
    this.#server.close();
  }
}

const title = 'a store whose ways to etcd are cut under load';

describe.skipIf(etcdBinary === undefined)(etcdBinary === undefined ? `${title} (${noEtcd})` : title, () => {
  let cluster: EtcdCluster;
  let links: Link[];
  let store: Store;
  let load: EtcdLoad;

  beforeEach(async () => {
    cluster = await startEtcd({ members: 3, flags: ['--heartbeat-interval=50', '--election-timeout=500'] });
    links = cluster.endpoints.map((endpoint) => new Link(new URL(endpoint)));
    store = await openEtcdStore({
      endpoints: await Promise.all(links.map((link) => link.url())),
      ...{ compactEveryMs: 0, clock: systemClock, random: () => 0, logger: silentLogger },
      pace: { silentMs: 300, probeMs: { well: 300, unavailable: 100 }, requestMs: 2_000, connectMs: 1_000 },
    });
    load = new EtcdLoad(store, await store.barrier());
    await load.progress();
  });
  afterEach(async () => {
    for (const link of links) link.close();
    await store.close();
    await cluster.stop();
  });

  it('goes on over another way, one after the other', async () => {
    for (const link of links) {
      link.cut();
      await load.progress();
      await store.barrier();
      link.mend();
      await load.progress();
    }
    expect(await load.problems()).toEqual([]);
  });

  it('loses nothing while all are slow, and goes to another member when one is much slower', async () => {
    for (const link of links) link.delay(100);
    await load.progress();
    links[0]?.delay(2_000);
    await load.progress();
    await store.barrier();
    for (const link of links) link.delay(0);
    await load.progress();
    expect(await load.problems()).toEqual([]);
  });

  it('says so when all are cut, and goes on when one is mended', async () => {
    for (const link of links) link.cut();
    await expect.poll(() => store.unavailable?.name).toBe('StorageUnavailableError');
    await expect(store.read('/load/0/a')).rejects.toMatchObject({ name: 'StorageUnavailableError' });
    links[1]?.mend();
    await expect.poll(() => store.unavailable).toBeUndefined();
    await load.progress();
    expect(await load.problems()).toEqual([]);
  });
});
