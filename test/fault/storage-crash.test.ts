import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/runtime/logger.ts';
import { StorageUnavailableError, type CommitRequest, type Revision, type Store } from '../../src/storage/contract.ts';
import { openJournalStore } from '../../src/storage/journal/index.ts';
import { afterCrash, hastyClock } from './storage-crashed.ts';
import { seeded } from '../support/seeded.ts';
import { SimulatedDisk, systemError, type Operation } from './storage-disk.ts';
import { write } from '../support/store-writes.ts';

const openOn = (files: SimulatedDisk, snapshotEveryBytes = 1500): Promise<Store> =>
  openJournalStore({
    directory: '/data',
    clock: hastyClock(),
    logger: silentLogger,
    processes: afterCrash,
    files,
    snapshotEveryBytes,
    lockTiming: { heartbeatMs: 5, staleAfterMs: 10 },
  });

/** What the next start finds after a power failure. */
async function losePower(disk: SimulatedDisk, store: Store): Promise<SimulatedDisk> {
  const next = disk.losePower(() => 0);
  await store.close().catch(() => undefined); // there is nothing left that it could release
  return next;
}

type State = Revision | 'absent';

/** What a client of the store knows of one key. */
interface Known {
  state: State;
  value: string;
  /** Values of writes that may have happened though they were not acknowledged. */
  maybe: Set<string>;
}

class Client {
  readonly known = new Map<string, Known>();
  newest: Revision = 0;
  acknowledged = 0;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Writes to keys of its own until the store fails for good. */
  async run(store: Store, name: string, running: () => boolean): Promise<void> {
    for (let count = 0; running(); count++) await this.#writeOnce(store, `/${name}/${count % 3}`, `${name}.${count}`);
  }

  async #writeOnce(store: Store, key: string, word: string): Promise<void> {
    const known = this.known.get(key) ?? { state: 'absent', value: 'deleted', maybe: new Set() };
    this.known.set(key, known);
    const remove = known.state !== 'absent' && this.#random() < 0.3;
    const value = remove
      ? 'deleted'
      : JSON.stringify({ word, id: this.#random(), pad: 'x'.repeat(this.#random() * 90) });
    try {
      const revision = await store.commit(requestFor(key, known.state, value));
      expect(revision).toBeGreaterThan(known.state === 'absent' ? 0 : known.state);
      known.state = value === 'deleted' ? 'absent' : revision;
      known.value = value;
      // A store that accepts writes again has made sure that earlier ones cannot come back.
      for (const { maybe } of this.known.values()) maybe.clear();
      this.newest = Math.max(this.newest, revision);
      this.acknowledged++;
    } catch (error) {
      expect(error).toBeInstanceOf(StorageUnavailableError);
      if (error instanceof StorageUnavailableError && error.indeterminate) known.maybe.add(value);
      expect((await store.read(key))?.revision ?? 'absent').toBe(known.state);
    }
  }

  /** A commit is there as a whole, or not at all. */
  async expectTwins(store: Store): Promise<void> {
    for (const key of this.known.keys()) {
      if (!hasTwin(key)) continue;
      const [entry, twin] = [await store.read(key), await store.read(`${key}/twin`)];
      expect(twin?.value.toString()).toBe(entry?.value.toString());
      expect(twin?.revision).toBe(entry?.revision);
    }
  }

  /** Compares with what a start found, and continues from there. */
  async expectAllIn(store: Store): Promise<void> {
    expect(await store.barrier()).toBeGreaterThanOrEqual(this.newest);
    for (const [key, known] of this.known) {
      const entry = await store.read(key);
      const found = entry?.value.toString() ?? 'deleted';
      expect([known.value, ...known.maybe]).toContain(found);
      if (found === known.value) expect(entry?.revision ?? 'absent').toBe(known.state);
      known.state = entry?.revision ?? 'absent';
      known.value = found;
      known.maybe.clear();
    }
    this.newest = await store.barrier();
    await this.expectTwins(store);
  }
}

const hasTwin = (key: string): boolean => !key.endsWith('/0');

/** Most keys are written together with another one. */
function requestFor(key: string, state: State, value: string): CommitRequest {
  const bytes = value === 'deleted' ? value : Buffer.from(value);
  const keys = hasTwin(key) ? [key, `${key}/twin`] : [key];
  return { require: [{ key, revision: state }], writes: keys.map((one) => ({ key: one, value: bytes })) };
}

/** Lets clients write until the given step of the disk, where the machine stops. */
async function crashAt(store: Store, disk: SimulatedDisk, client: Client, step: number, faults: () => void) {
  const end = disk.steps.length + step;
  let running = true;
  disk.intercept = () => {
    if (disk.steps.length >= end) {
      running = false;
      disk.stop();
      throw systemError('EIO');
    }
    faults();
  };
  await Promise.all(['a', 'b', 'c'].map((name) => client.run(store, name, () => running)));
  await store.close().catch(() => undefined); // it cannot release what is gone
}

describe('a store whose machine stops at any step', () => {
  const seeds = Array.from({ length: 60 }, (_, seed) => seed);

  it.each(['losing power', 'being killed'])('keeps every acknowledged write when %s', async (way) => {
    let acknowledged = 0;
    for (const seed of seeds) {
      const random = seeded(seed);
      const client = new Client(random);
      let disk = new SimulatedDisk();
      for (let crash = 0; crash < 4; crash++) {
        const store = await openOn(disk);
        await client.expectAllIn(store);
        await crashAt(store, disk, client, Math.floor(random() * 150), () => undefined);
        disk = way === 'being killed' ? disk.killProcess() : disk.losePower(random);
      }
      const store = await openOn(disk);
      await client.expectAllIn(store);
      await store.close();
      acknowledged += client.acknowledged;
    }
    expect(acknowledged).toBeGreaterThan(2000);
  });

  it('keeps every acknowledged write on a disk that also fails now and then', async () => {
    let acknowledged = 0;
    for (const seed of seeds) {
      const random = seeded(1000 + seed);
      const client = new Client(random);
      let disk = new SimulatedDisk();
      for (let crash = 0; crash < 4; crash++) {
        disk.intercept = () => undefined;
        const store = await openOn(disk);
        await client.expectAllIn(store);
        await crashAt(store, disk, client, Math.floor(random() * 200), () => {
          if (random() < 0.05) throw systemError(random() < 0.5 ? 'ENOSPC' : 'EIO');
        });
        disk = disk.losePower(random);
      }
      const store = await openOn(disk);
      await client.expectAllIn(store);
      await store.close();
      acknowledged += client.acknowledged;
    }
    expect(acknowledged).toBeGreaterThan(1000);
  });

  it('can be opened again after a crash at any step of its first start', async () => {
    for (let step = 0; step < 40; step++) {
      const disk = new SimulatedDisk();
      const end = step;
      disk.intercept = () => {
        if (disk.steps.length > end) throw systemError('EIO');
      };
      const first = await openOn(disk).catch(() => undefined);
      await first?.close().catch(() => undefined);
      const store = await openOn(disk.losePower(seeded(step)));
      expect(await write(store, '/a', 'absent', Buffer.from('{}'))).toBe(2);
      await store.close();
    }
  });
});

describe('a store whose disk refuses a step', () => {
  const value = Buffer.from(JSON.stringify({ text: 'x'.repeat(100) }));

  /** Refuses the next such step of a file once, with this error. */
  const refuse = (disk: SimulatedDisk, operation: Operation, name: string, code: string): void => {
    disk.intercept = (asked, path) => {
      if (asked !== operation || !path.endsWith(name)) return;
      disk.intercept = () => undefined;
      throw systemError(code);
    };
  };

  it.each(['ENOSPC', 'EIO'])('answers %s while writing as unavailable, and takes the next write', async (code) => {
    const disk = new SimulatedDisk();
    const store = await openOn(disk);
    const first = await write(store, '/a', 'absent', value);
    refuse(disk, 'write', 'journal.jsonl', code);
    const error = await write(store, '/b', 'absent', value).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'StorageUnavailableError', indeterminate: false });
    expect(String(error)).toContain(code);
    expect(await store.read('/b')).toBeUndefined();
    const second = await write(store, '/c', 'absent', value);
    expect(second).toBe(first + 1);
    const after = await openOn(await losePower(disk, store));
    expect((await after.list('/')).entries.map(({ key }) => key)).toEqual(['/a', '/c']);
    await after.close();
  });

  it('leaves no half record behind in the journal', async () => {
    const disk = new SimulatedDisk();
    const store = await openOn(disk);
    refuse(disk, 'write', 'journal.jsonl', 'ENOSPC');
    await expect(write(store, '/b', 'absent', value)).rejects.toThrow('ENOSPC');
    expect(disk.contents().get('/data/journal.jsonl')).toMatch(/^\{"journal":1,"base":1,"first":true,[^\n]*\n$/);
    await store.close();
  });

  it('answers all writers that shared a refused write, and still reports conflicts as conflicts', async () => {
    const disk = new SimulatedDisk();
    const store = await openOn(disk);
    await write(store, '/a', 'absent', value);
    refuse(disk, 'write', 'journal.jsonl', 'ENOSPC');
    const outcomes = await Promise.allSettled([
      write(store, '/b', 'absent', value),
      write(store, '/b', 'absent', value),
      write(store, '/a', 'absent', value),
    ]);
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && (outcome.reason as Error).name)).toEqual([
      'StorageUnavailableError',
      'StorageUnavailableError',
      'ConflictError',
    ]);
    await store.close();
  });

  it('answers "unknown" after a failed fsync, and writes everything anew before it continues', async () => {
    const disk = new SimulatedDisk();
    const store = await openOn(disk);
    await write(store, '/a', 'absent', value);
    refuse(disk, 'sync', 'journal.jsonl', 'EIO');
    await expect(write(store, '/b', 'absent', value)).rejects.toMatchObject({ indeterminate: true });
    expect(await store.read('/b')).toBeUndefined();
    const steps = disk.steps.length;
    await write(store, '/c', 'absent', value);
    const anew = disk.steps.slice(steps);
    expect(anew.indexOf('rename snapshot.jsonl')).toBeGreaterThan(-1);
    expect(anew.indexOf('rename journal.jsonl')).toBeGreaterThan(anew.indexOf('rename snapshot.jsonl'));
    expect(anew.lastIndexOf('write journal.jsonl')).toBeGreaterThan(anew.indexOf('rename journal.jsonl'));
    const after = await openOn(await losePower(disk, store));
    expect((await after.list('/')).entries.map(({ key }) => key)).toEqual(['/a', '/c']);
    await after.close();
  });

  const stages: [Operation, string][] = [
    ['open', 'journal.jsonl.tmp'],
    ['write', 'journal.jsonl.tmp'],
    ['sync', 'journal.jsonl.tmp'],
    ['rename', '/journal.jsonl'],
    ['rename', '/journal-0000000000000000.jsonl'],
    ['open', 'snapshot.jsonl.tmp'],
    ['write', 'snapshot.jsonl.tmp'],
    ['sync', 'snapshot.jsonl.tmp'],
    ['rename', 'snapshot.jsonl'],
    ['syncFolder', 'data'],
    ['remove', '/journal-0000000000000000.jsonl'],
  ];
  it.each(stages)('continues if a snapshot fails to %s %s', async (operation, name) => {
    const disk = new SimulatedDisk();
    const store = await openOn(disk, 1000);
    const keys: string[] = [];
    let failures = 0;
    refuse(disk, operation, name, 'ENOSPC');
    for (let index = 10; index < 60; index++) {
      try {
        await write(store, `/${index}`, 'absent', value);
        keys.push(`/${index}`);
      } catch {
        failures++;
      }
    }
    expect(failures).toBeLessThanOrEqual(1);
    expect(disk.contents().has('/data/snapshot.jsonl')).toBe(true);
    const after = await openOn(await losePower(disk, store));
    expect((await after.list('/')).entries.map(({ key }) => key)).toEqual(keys);
    await after.close();
  });
});
