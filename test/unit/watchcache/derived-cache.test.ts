import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import {
  createDerivedCache,
  createStoreHub,
  storeKey,
  type Computed,
  type DerivedCache,
  type StoredChange,
  type StoreHub,
} from '../../../src/apiserver/watchcache/index.ts';
import { Fixture, shown, widget, widgets, type Widget } from './fixture.ts';

const parts = { ...widgets, plural: 'parts' };

/** Computes the objects that a test has set for the next commit. */
class Feeder implements Computed {
  readonly cache: DerivedCache<Widget>;
  readonly #next: (() => void)[] = [];
  prepare: NonNullable<Computed['prepare']> = () => undefined;

  constructor(hub: StoreHub) {
    this.cache = createDerivedCache<Widget>({ definition: parts, upstream: hub, metrics: createMetrics() });
    hub.compute(this);
  }

  /** @param since of objects that are there at the start */
  replace(owner: string, objects: readonly Widget[], since = 0): void {
    this.#next.push(() => this.cache.replace(owner, objects, since));
  }

  #feed(): void {
    for (const replace of this.#next.splice(0)) replace();
  }

  fill(revision: number): undefined {
    this.#feed();
    this.cache.show(revision);
  }

  follow(_changes: readonly StoredChange[], revision: number): void {
    this.#feed();
    this.cache.show(revision);
  }

  stop(): void {
    this.cache.stop();
  }
}

describe('a cache of computed objects', () => {
  let fixture: Fixture;
  let feeder: Feeder;
  let cache: DerivedCache<Widget>;
  beforeEach(async () => {
    fixture = new Fixture();
    feeder = new Feeder(fixture.hub);
    cache = feeder.cache;
    await fixture.start();
    // The next revision is 11.
    for (let at = 1; at <= 10; at++) await fixture.put(widget('n', 'source', `color${at}`));
    expect(await cache.current()).toBe(10);
  });
  afterEach(() => {
    fixture.stop();
  });

  const keys = (): string[] => cache.list({}).objects.map((one) => one.key);
  let turn = 0;
  /** A commit that this follows from. */
  async function fed(owner: string, ...objects: Widget[]): Promise<void> {
    feeder.replace(owner, objects);
    await fixture.put(widget('n', 'source', String(turn++)));
  }

  it('shows the difference between what an owner had and has, at the revision of the commit', async () => {
    const watch = cache.watch({ after: 10 });
    await fed('n/a', widget('n', 'a.1'));
    await fed('n/b', widget('n', 'b.1'));
    expect(shown(watch.take())).toEqual(['ADDED n/a.1@11', 'ADDED n/b.1@12']);
    await fed('n/a', widget('n', 'a.1', 'blue'));
    await fed('n/b');
    expect(shown(watch.take())).toEqual(['MODIFIED n/a.1@13', 'DELETED n/b.1@14']);
    expect(keys()).toEqual(['n/a.1']);
    expect(cache.get('n', 'a.1')?.object.metadata.resourceVersion).toBe('13');
    expect(JSON.parse(cache.get('n', 'a.1')?.json.toString() ?? '')).toEqual(cache.get('n', 'a.1')?.object);
  });

  it('computes equal objects from other data without an event', async () => {
    await fed('n/a', widget('n', 'a.1'));
    const watch = cache.watch({ after: 11 });
    expect(cache.compute('n/a', () => [widget('n', 'a.1')])).toBe(true);
    await fixture.put(widget('n', 'source', 'again'));
    expect(await cache.current()).toBe(12);
    expect(cache.get('n', 'a.1')?.revision).toBe(11);
    expect(watch.take()).toEqual([]);
    await fed('n/a', widget('n', 'a.1', 'blue'), widget('n', 'a.2'));
    expect(shown(watch.take())).toEqual(['MODIFIED n/a.1@12', 'ADDED n/a.2@13']);
  });

  it('does not compute anew what is not shown yet, and has nothing to compute for an owner without objects', () => {
    cache.replace('n/a', [widget('n', 'a.1')], 10);
    expect(cache.compute('n/a', () => [widget('n', 'a.1')])).toBe(false);
    expect(cache.compute('n/b', () => [])).toBe(true);
    expect(keys()).toEqual([]);
    cache.show(10);
    expect(keys()).toEqual(['n/a.1']);
    expect([...cache.owners()]).toEqual(['n/a']);
  });

  it('sends no event if nothing differs, even if the computed object names another version', async () => {
    await fed('n/a', widget('n', 'a.1'));
    const watch = cache.watch({ after: 11 });
    const again = widget('n', 'a.1');
    await fed('n/a', { ...again, metadata: { ...again.metadata, resourceVersion: '77' } });
    expect(watch.take()).toEqual([]);
    expect(cache.get('n', 'a.1')?.revision).toBe(11);
  });

  it('shows another object of the same name as another, and one that goes to another owner as the same', async () => {
    await fed('n/a', widget('n', 'a.1'));
    const watch = cache.watch({ after: 11 });
    const other = widget('n', 'a.1');
    await fed('n/a', { ...other, metadata: { ...other.metadata, uid: 'another' } });
    expect(watch.take().map(({ type }) => type)).toEqual(['DELETED', 'ADDED']);
    feeder.replace('n/a', []);
    await fed('n/b', { ...other, metadata: { ...other.metadata, uid: 'another' } });
    expect(watch.take()).toEqual([]);
    await fed('n/b');
    expect(watch.take().map(({ type }) => type)).toEqual(['DELETED']);
  });

  it('shows all that came of one commit at once, and repeats it to who was cut off within', async () => {
    const live = cache.watch({ after: 10 });
    await fed('n/a', widget('n', 'a.1'), widget('n', 'a.2'), widget('n', 'a.3'));
    const batch = ['ADDED n/a.1@10', 'ADDED n/a.2@10', 'ADDED n/a.3@11'];
    expect(shown(live.take())).toEqual(batch);
    expect(live.revision()).toBe(11);
    expect(shown(cache.watch({ after: 10 }).take())).toEqual(batch);
    expect(cache.watch({ after: 11 }).take()).toEqual([]);
    expect(cache.list({ at: 10 }).objects).toEqual([]);
    expect(cache.list({ at: 11 }).objects).toHaveLength(3);
  });

  it('gives each state of an object a resourceVersion of its own', async () => {
    const watch = cache.watch({ after: 10 });
    for (let at = 0; at < 5; at++) await fed('n/a', widget('n', 'a.1', `c${at}`), widget('n', 'a.2', `c${at}`));
    const states = shown(watch.take()).map((event) => event.split(' ')[1]);
    expect(states).toHaveLength(10);
    expect(new Set(states).size).toBe(10);
  });

  it('is never behind the stored objects', async () => {
    feeder.replace('n/a', [widget('n', 'a.1')]);
    const revision = fixture.store.put(storeKey(widgets, { namespace: 'n', name: 'source' }), widget('n', 'source'));
    await fixture.hub.waitFor(revision);
    expect(keys()).toEqual(['n/a.1']);
    expect(cache.revision()).toBe(revision);
  });

  it('waits with the commit for what takes long, and shows no other commit meanwhile', async () => {
    const turns: string[] = [];
    let release = (): void => undefined;
    feeder.prepare = (changes) => {
      turns.push(`prepare ${changes.map(({ key, current }) => `${key} ${String(current?.revision)}`).join()}`);
      expect(fixture.widgets.get('n', 'x')).toBeUndefined();
      return new Promise((resolve) => (release = resolve));
    };
    feeder.replace('n/a', [widget('n', 'a.1')]);
    const [first, second] = ['x', 'y'].map((name) =>
      fixture.store.put(storeKey(widgets, { namespace: 'n', name }), widget('n', name)),
    );
    await expect.poll(() => turns).toEqual(['prepare n/x 11']);
    expect([fixture.hub.revision(), cache.revision(), keys()]).toEqual([10, 10, []]);
    feeder.prepare = () => undefined;
    release();
    await fixture.hub.waitFor(second ?? 0);
    expect(first).toBe(11);
    expect(keys()).toEqual(['n/a.1']);
    expect(fixture.widgets.get('n', 'y')).toBeDefined();
  });

  it('waits with a list of the store as well: no list of the caches has an object newer than itself', async () => {
    let release: (() => void) | undefined;
    const long = () => new Promise<void>((resolve) => (release = resolve));
    Object.assign(feeder, { prepare: long, fill: long });
    feeder.replace('n/a', [widget('n', 'a.1')]);
    fixture.store.breakWatches(new Error('connection lost'));
    const made = fixture.store.put(storeKey(widgets, { namespace: 'n', name: 'x' }), widget('n', 'x'));
    await expect.poll(() => release).toBeDefined();
    const { objects, revision } = fixture.widgets.list({});
    expect(objects.filter((object) => object.revision > revision)).toEqual([]);
    expect(fixture.widgets.get('n', 'x')).toBeUndefined();
    Object.assign(feeder, { prepare: () => undefined });
    release?.();
    await fixture.hub.waitFor(made);
    expect(fixture.widgets.get('n', 'x')?.revision).toBe(made);
    expect([cache.revision(), keys()]).toEqual([made, ['n/a.1']]);
  });

  it('is computed anew after a list where it could not follow a commit', async () => {
    const follow = feeder.follow.bind(feeder);
    const failOnce = () => {
      feeder.follow = follow;
      throw new Error('not now');
    };
    Object.assign(feeder, { follow: failOnce, fill: () => feeder.cache.replace('n/a', [widget('n', 'a.1')], 0) });
    const made = fixture.store.put(storeKey(widgets, { namespace: 'n', name: 'x' }), widget('n', 'x'));
    await fixture.hub.waitFor(made);
    expect([cache.revision(), keys()]).toEqual([made, ['n/a.1']]);
  });

  it('writes nothing', async () => {
    const before = await fixture.store.barrier();
    for (let at = 0; at < 5; at++) await fed('n/a', widget('n', 'a.1', `c${at}`), widget('n', 'a.2', `c${at}`));
    expect(await fixture.store.barrier()).toBe(before + 5);
  });

  it('ends its watches when the hub stops', async () => {
    const watch = cache.watch({ after: 10 });
    fixture.stop();
    await expect.poll(() => watch.ended()).toBe('stopped');
  });

  describe('in another process on the same store', () => {
    let other: Feeder;
    let abort: AbortController;
    let hub: StoreHub;
    beforeEach(async () => {
      await fed('n/a', widget('n', 'a.1'));
      abort = new AbortController();
      const { store } = fixture;
      hub = createStoreHub({ store, clock: systemClock, logger: silentLogger, metrics: createMetrics() });
      hub.cache(widgets);
      other = new Feeder(hub);
      await fixture.put(widget('n', 'source', 'before the start'));
      other.replace('n/a', [widget('n', 'a.1')], 11);
      await hub.start(abort.signal);
    });
    afterEach(() => {
      abort.abort(new Error('stopped by the test'));
    });

    it('is the same: objects, versions, and events of the same commits', async () => {
      const [list, otherList] = [cache, other.cache].map((one) => one.list({}));
      expect(otherList?.revision).toBe(list?.revision);
      expect(otherList?.objects.map(({ object }) => object)).toEqual(list?.objects.map(({ object }) => object));
      const watches = [cache, other.cache].map((one) => one.watch({ after: list?.revision ?? 0 }));
      other.replace('n/a', [widget('n', 'a.1', 'blue'), widget('n', 'a.2')]);
      await fed('n/a', widget('n', 'a.1', 'blue'), widget('n', 'a.2'));
      await hub.current();
      const [events, others] = watches.map((watch) => shown(watch.take()));
      expect(events).toEqual(['MODIFIED n/a.1@12', 'ADDED n/a.2@13']);
      expect(others).toEqual(events);
    });

    it('knows no changes from before its start', () => {
      expect(() => other.cache.watch({ after: 10 })).toThrow(expect.objectContaining({ code: 410 }) as Error);
      expect(other.cache.watch({ after: 12 }).take()).toEqual([]);
    });
  });
});
