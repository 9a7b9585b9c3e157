import { status } from '@grpc/grpc-js';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CompactedError, type Commit, type Progress, type Store } from '../../../src/storage/contract.ts';
import type { EtcdOptions } from '../../../src/storage/etcd/index.ts';
import { FakeEtcd, fakeHeader as header, openOn, Refusal, type WatchCall } from './fake-etcd.ts';

type Watch = AsyncIterator<Commit | Progress>;

const fakes: FakeEtcd[] = [];
const stores: Store[] = [];
let abort: AbortController;

beforeEach(() => {
  abort = new AbortController();
});
afterEach(async () => {
  abort.abort();
  await Promise.all(stores.splice(0).map((store) => store.close()));
  for (const fake of fakes.splice(0)) fake.stop();
});

async function opened(
  scripts: ConstructorParameters<typeof FakeEtcd>[0][],
  options?: Partial<EtcdOptions>,
): Promise<Store> {
  const made = scripts.map((script) => new FakeEtcd(script));
  fakes.push(...made);
  await Promise.all(made.map((fake) => fake.listen()));
  const store = await openOn(made, options);
  stores.push(store);
  return store;
}
const watched = (store: Store, after: number): Watch => store.watch(after, abort.signal)[Symbol.asyncIterator]();

const put = (key: string, modRevision: number) => ({
  type: 0,
  kv: { key: Buffer.from(`/kubedirector/objects${key}`), modRevision, version: 1, value: Buffer.from('{}') },
});
const created = { header, created: true };
const progress = (revision: number) => ({ header: { ...header, revision } });
const keysOf = async (watch: Watch): Promise<string[]> => {
  const { value } = (await watch.next()) as { value: Commit };
  return value.changes.map(({ key }) => key);
};
/** The scripts of one watch after the other. */
const inTurn = (...scripts: ((call: WatchCall, start: number) => void)[]) => {
  const starts: number[] = [];
  const watch = (call: WatchCall, start: number): void => {
    scripts[starts.length]?.(call, start);
    starts.push(start);
  };
  return { starts, watch };
};

describe('a watch of etcd', () => {
  it('goes on after the last whole commit when the stream breaks between fragments', async () => {
    const { starts, watch } = inTurn(
      (call) => {
        call.write(created);
        call.write({ header, events: [put('/a', 3)] });
        call.write({ header, fragment: true, events: [put('/b', 4), put('/c', 5)] });
        call.emit('error', new Refusal(status.UNAVAILABLE, 'etcdserver: no leader'));
      },
      (call) => {
        call.write(created);
        call.write({ header, fragment: true, events: [put('/a', 3), put('/b', 4), put('/c', 5)] });
        call.write({ header, events: [put('/d', 5)] });
      },
    );
    const store = await opened([{ watch }]);
    const reader = watched(store, 2);
    expect([await keysOf(reader), await keysOf(reader), await keysOf(reader)]).toEqual([['/a'], ['/b'], ['/c', '/d']]);
    expect(starts).toEqual([2, 4]);
  });

  it('goes on after the progress that it was told', async () => {
    const { starts, watch } = inTurn(
      (call) => {
        call.write(created);
        call.write(progress(20));
        call.end();
      },
      (call) => {
        call.write(created);
        call.write({ header, events: [put('/a', 21)] });
      },
    );
    const reader = watched(await opened([{ watch }]), 2);
    expect(await reader.next()).toEqual({ done: false, value: { type: 'progress', revision: 20 } });
    expect(await keysOf(reader)).toEqual(['/a']);
    expect(starts).toEqual([2, 20]);
  });

  it('does not believe a progress that comes before the watch is announced', async () => {
    const { watch } = inTurn((call) => {
      call.write(progress(20));
      call.write(created);
      call.write({ header, events: [put('/a', 7)] });
    });
    const reader = watched(await opened([{ watch }]), 2);
    expect(await keysOf(reader)).toEqual(['/a']);
  });

  it('is asked for its progress, again and again, until it is at the barrier', async () => {
    let asked = 0;
    const { watch } = inTurn((call) => {
      call.write(created);
      call.on('data', () => {
        asked += 1;
        // Not synchronised yet at first: etcd then says nothing.
        if (asked === 3) call.write(progress(8));
      });
    });
    const store = await opened([{ watch, range: () => ({ header: { ...header, revision: 8 } }) }]);
    const reader = watched(store, 2);
    const first = reader.next();
    expect(await store.barrier()).toBe(8);
    expect(await first).toEqual({ done: false, value: { type: 'progress', revision: 8 } });
    expect(asked).toBe(3);
  });

  it('that is opened after a barrier gets there, too', async () => {
    const { watch } = inTurn((call) => {
      call.write(created);
      call.on('data', () => call.write(progress(8)));
    });
    const store = await opened([{ watch, range: () => ({ header: { ...header, revision: 8 } }) }]);
    await store.barrier();
    expect(await watched(store, 2).next()).toEqual({ done: false, value: { type: 'progress', revision: 8 } });
  });

  it('moves to another member if it gets no answer', async () => {
    const mute = inTurn((call) => call.write(created));
    const well = inTurn((call) => {
      call.write(created);
      call.on('data', () => call.write(progress(5)));
    });
    const store = await opened([{ watch: mute.watch }, { watch: well.watch }]);
    const reader = watched(store, 2);
    const first = reader.next();
    await store.barrier();
    expect(await first).toEqual({ done: false, value: { type: 'progress', revision: 5 } });
    expect([mute.starts, well.starts]).toEqual([[2], [2]]);
  });

  it('ends with CompactedError, after what came before it was read', async () => {
    const { watch } = inTurn((call) => {
      call.write(created);
      call.write({ header, events: [put('/a', 3)] });
      call.write({ header, canceled: true, compactRevision: 40 });
    });
    const reader = watched(await opened([{ watch }]), 2);
    expect(await keysOf(reader)).toEqual(['/a']);
    const error = await reader.next().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CompactedError);
    expect(error).toMatchObject({ compactedRevision: 40 });
    expect(await reader.next()).toEqual({ done: true, value: undefined });
  });

  it('begins with the first revision after 0, and not with the newest', async () => {
    const { starts, watch } = inTurn((call) => call.write(created));
    void watched(await opened([{ watch }]), 0).next();
    await vi.waitFor(() => {
      expect(starts).toEqual([1]);
    });
  });

  it('logs in again if its token is refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kd-etcd-password-'));
    await writeFile(join(folder, 'password'), 'secret');
    let logins = 0;
    const { watch } = inTurn(
      (call) =>
        call.write({
          header,
          created: true,
          canceled: true,
          cancelReason: 'rpc error: etcdserver: invalid auth token',
        }),
      (call) => {
        call.write(created);
        call.write({ header, events: [put(`/${call.metadata.get('token').toString()}`, 3)] });
      },
    );
    const authenticate = () => ({ token: `token-${(logins += 1)}` });
    const user = { name: 'director', passwordFile: join(folder, 'password') };
    const store = await opened([{ watch, authenticate }], { user });
    expect(await keysOf(watched(store, 2))).toEqual(['/token-2']);
    await rm(folder, { recursive: true });
  });

  it('reads from etcd only what its reader takes', async () => {
    let sent = 0;
    const value = Buffer.alloc(1 << 18, 0x20);
    const { watch } = inTurn((call) => {
      call.write(created);
      const more = (): void => {
        while (sent < 400) {
          sent += 1;
          const event = put('/a', 2 + sent);
          if (!call.write({ header, events: [{ ...event, kv: { ...event.kv, value } }] })) break;
        }
      };
      call.on('drain', more);
      more();
    });
    const store = await opened([{ watch }]);
    const reader = watched(store, 2);
    await reader.next();
    // Calls on the same connection are answered while the watch stands still.
    for (let round = 0; round < 20; round++) await store.barrier();
    expect(sent).toBeLessThan(200);
    for (let revision = 4; revision <= 402; revision++) {
      expect(await reader.next()).toMatchObject({ value: { revision } });
    }
  });

  it('ends when its signal aborts, when its reader leaves, and when the store closes', async () => {
    let open = 0;
    const watch = (call: WatchCall): void => {
      open += 1;
      call.on('cancelled', () => (open -= 1));
      call.write(created);
    };
    const store = await opened([{ watch }]);
    const other = new AbortController();
    const readers = [store.watch(1, other.signal), store.watch(1, abort.signal), store.watch(1, abort.signal)].map(
      (watching) => watching[Symbol.asyncIterator](),
    );
    const nexts = readers.map((reader) => reader.next());
    await vi.waitFor(() => {
      expect(open).toBe(3);
    });
    other.abort();
    await readers[1]?.return?.();
    await store.close();
    expect(await Promise.all(nexts)).toEqual(Array(3).fill({ done: true, value: undefined }));
    await vi.waitFor(() => {
      expect(open).toBe(0);
    });
  });
});
