import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseFieldSelector } from '../../../src/meta/fields.ts';
import { parseLabelSelector } from '../../../src/meta/labels.ts';
import { storeKey } from '../../../src/apiserver/watchcache/index.ts';
import { Fixture, next, shown, widget, widgets } from './fixture.ts';

describe('watching the cache', () => {
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = new Fixture();
    await fixture.start();
  });
  afterEach(() => {
    fixture.stop();
  });

  it('delivers what came after a revision, from the history and from then on, in order and once', async () => {
    await fixture.put(widget('n', 'a'));
    await fixture.put(widget('n', 'b'));
    await fixture.put(widget('n', 'a', 'blue'));
    const watch = fixture.widgets.watch({ after: 1 });
    await fixture.remove('n', 'b');
    expect(await next(watch)).toEqual(['ADDED n/b@2', 'MODIFIED n/a@3', 'DELETED n/b@4']);
    expect(watch.take()).toEqual([]);
  });

  it('shows a deleted object in its last state, at the version of its deletion', async () => {
    await fixture.put(widget('n', 'a', 'blue'));
    const watch = fixture.widgets.watch({ after: 1 });
    await fixture.remove('n', 'a');
    const [event] = watch.take();
    expect(event?.object.object.spec.color).toBe('blue');
    expect(event?.object.object.metadata.resourceVersion).toBe('2');
    expect(JSON.parse(event?.object.json.toString() ?? '')).toEqual(event?.object.object);
    expect(JSON.parse(event?.line().toString() ?? '')).toEqual({ type: 'DELETED', object: event?.object.object });
  });

  it('turns a change into the event that it is for the selector', async () => {
    const watch = fixture.widgets.watch({ after: 0, labels: parseLabelSelector('tier=web') });
    await fixture.put(widget('n', 'a', 'red', { tier: 'db' }));
    await fixture.put(widget('n', 'a', 'red', { tier: 'web' }));
    await fixture.put(widget('n', 'a', 'blue', { tier: 'web' }));
    await fixture.put(widget('n', 'a', 'green', { tier: 'db' }));
    await fixture.put(widget('n', 'a', 'green', { tier: 'db', more: 'yes' }));
    await fixture.remove('n', 'a');
    const events = watch.take();
    expect(shown(events)).toEqual(['ADDED n/a@2', 'MODIFIED n/a@3', 'DELETED n/a@4']);
    expect(events[2]?.object.object.spec.color).toBe('blue');
  });

  it('selects by namespace, by name and by declared fields', async () => {
    const inA = fixture.widgets.watch({ after: 0, namespace: 'a' });
    const one = fixture.widgets.watch({ after: 0, namespace: 'a', fields: parseFieldSelector('metadata.name=x') });
    const named = fixture.widgets.watch({ after: 0, fields: parseFieldSelector('metadata.name=x') });
    const blue = fixture.widgets.watch({ after: 0, fields: parseFieldSelector('spec.color=blue') });
    await fixture.put(widget('a', 'x'));
    await fixture.put(widget('a', 'y', 'blue'));
    await fixture.put(widget('b', 'x'));
    await fixture.put(widget('a', 'x', 'blue'));
    expect(shown(inA.take())).toEqual(['ADDED a/x@1', 'ADDED a/y@2', 'MODIFIED a/x@4']);
    expect(shown(one.take())).toEqual(['ADDED a/x@1', 'MODIFIED a/x@4']);
    expect(shown(named.take())).toEqual(['ADDED a/x@1', 'ADDED b/x@3', 'MODIFIED a/x@4']);
    expect(shown(blue.take())).toEqual(['ADDED a/y@2', 'ADDED a/x@4']);
    const replayed = fixture.widgets.watch({ after: 0, namespace: 'a', fields: parseFieldSelector('metadata.name=x') });
    expect(shown(replayed.take())).toEqual(['ADDED a/x@1', 'MODIFIED a/x@4']);
  });

  it('encodes a change once for all who see it in the same way', async () => {
    const watches = [1, 2, 3].map(() => fixture.widgets.watch({ after: 0 }));
    const selecting = fixture.widgets.watch({ after: 0, labels: parseLabelSelector('!missing') });
    await fixture.put(widget('n', 'a'));
    const lines = [...watches, selecting].map((watch) => watch.take()[0]?.line());
    expect(lines[0]?.toString()).toMatch(/^\{"type":"ADDED","object":\{"apiVersion".*\}\}\n$/);
    for (const line of lines) expect(line).toBe(lines[0]);
    const late = fixture.widgets.watch({ after: 0 });
    expect(late.take()[0]?.line()).toBe(lines[0]);
  });

  it('wakes only watches that a change concerns, once for several changes', async () => {
    const woken = new Map<string, number>();
    const watches = Array.from({ length: 100 }, (_, at) => {
      const watch = fixture.widgets.watch({
        after: 0,
        namespace: 'n',
        fields: parseFieldSelector(`metadata.name=w${at}`),
      });
      watch.onReady(() => woken.set(`w${at}`, (woken.get(`w${at}`) ?? 0) + 1));
      return watch;
    });
    fixture.store.put(storeKey(widgets, { namespace: 'n', name: 'w7' }), widget('n', 'w7'));
    fixture.store.put(storeKey(widgets, { namespace: 'n', name: 'w7' }), widget('n', 'w7', 'blue'));
    await fixture.widgets.current();
    await new Promise(setImmediate);
    expect([...woken]).toEqual([['w7', 1]]);
    expect(shown(watches[7]?.take() ?? [])).toEqual(['ADDED n/w7@1', 'MODIFIED n/w7@2']);
  });

  it('gives each event once, also to a reader that holds on to an empty answer', async () => {
    const watch = fixture.widgets.watch({ after: 0 });
    const nothing = watch.take();
    await fixture.put(widget('n', 'a'));
    expect(nothing).toEqual([]);
    expect(shown(watch.take())).toEqual(['ADDED n/a@1']);
  });

  it('calls back at once where something waits already', async () => {
    await fixture.put(widget('n', 'a'));
    const watch = fixture.widgets.watch({ after: 0 });
    expect(await next(watch)).toEqual(['ADDED n/a@1']);
  });

  it('says up to where everything was taken, also when nothing comes', async () => {
    const watch = fixture.widgets.watch({ after: 0 });
    expect(watch.revision()).toBe(0);
    await fixture.put(widget('n', 'a'));
    await fixture.put(widget('n', 'b'));
    expect(watch.revision()).toBe(0);
    watch.take();
    expect(watch.revision()).toBe(2);
  });

  it('waits for a revision that is still to come, and shows nothing from before it', async () => {
    const watch = fixture.widgets.watch({ after: 2 });
    await fixture.put(widget('n', 'a'));
    await fixture.put(widget('n', 'b'));
    await fixture.put(widget('n', 'c'));
    expect(shown(watch.take())).toEqual(['ADDED n/c@3']);
  });

  it('cuts off a reader who is too slow, and counts it', async () => {
    const slow = fixture.widgets.watch({ after: 0, maxBacklog: 2 });
    const fast = fixture.widgets.watch({ after: 0 });
    for (const name of ['a', 'b']) await fixture.put(widget('n', name));
    expect(slow.ended()).toBeUndefined();
    await fixture.put(widget('n', 'c'));
    expect(slow.ended()).toBe('backlog');
    expect(slow.take()).toEqual([]);
    await new Promise<void>((resolve) => {
      slow.onReady(resolve);
    });
    expect(fast.take()).toHaveLength(3);
    expect(await fixture.metrics.text()).toContain(
      'apiserver_terminated_watchers_total{group="example.com",resource="widgets"} 1',
    );
  });

  it('cuts off a reader for whom too many bytes wait, though few events', async () => {
    const size = (name: string): number => fixture.widgets.get('n', name)?.json.length ?? 0;
    const big = (name: string) => ({ ...widget('n', name), spec: { color: 'red', text: 'x'.repeat(10_000) } });
    await fixture.put(big('a'));
    const limits = { after: 1, maxBacklogBytes: 2 * size('a') };
    const [slow, part, alone] = [limits, limits, { after: 1, maxBacklogBytes: 1 }].map((query) =>
      fixture.widgets.watch(query),
    );
    await fixture.put(big('b'));
    // However small the bound, one event may wait.
    expect(alone?.ended()).toBeUndefined();
    await fixture.put(big('c'));
    expect([slow?.ended(), alone?.ended()]).toEqual([undefined, 'backlog']);
    // What is taken no longer waits, and no more is taken than was asked for.
    expect(shown(part?.take(1) ?? [])).toEqual(['ADDED n/b@2']);
    expect(part?.revision()).toBe(2);
    await fixture.put(big('d'));
    expect([slow?.ended(), part?.ended()]).toEqual(['backlog', undefined]);
    expect(shown(part?.take() ?? [])).toEqual(['ADDED n/c@3', 'ADDED n/d@4']);
  });

  it('counts no bytes that the history gave a watch to begin with, and forgives none once these are taken', async () => {
    for (const name of ['a', 'b', 'c']) await fixture.put(widget('n', name));
    const size = fixture.widgets.get('n', 'a')?.json.length ?? 0;
    const watch = fixture.widgets.watch({ after: 0, maxBacklogBytes: 2 * size + 10 });
    await fixture.put(widget('n', 'd'));
    await fixture.put(widget('n', 'e'));
    expect(watch.ended()).toBeUndefined();
    expect(watch.take(3 * size)).toHaveLength(3);
    await fixture.put(widget('n', 'f'));
    expect(watch.ended()).toBe('backlog');
  });

  it('does not count against a reader what had happened before its watch began', async () => {
    for (const name of ['a', 'b', 'c']) await fixture.put(widget('n', name));
    const watch = fixture.widgets.watch({ after: 0, maxBacklog: 1 });
    await fixture.put(widget('n', 'd'));
    expect(watch.ended()).toBeUndefined();
    expect(watch.take()).toHaveLength(4);
  });

  it('refuses to begin before its history', async () => {
    fixture.stop();
    fixture = new Fixture({ history: { changes: 2, bytes: 1e9 } });
    for (const name of ['a', 'b']) fixture.store.put(storeKey(widgets, { namespace: 'n', name }), widget('n', name));
    fixture.store.compact();
    await fixture.start();
    expect(() => fixture.widgets.watch({ after: 1 })).toThrow('too old resource version: 1 (2)');
    for (const name of ['c', 'd', 'e']) await fixture.put(widget('n', name));
    expect(() => fixture.widgets.watch({ after: 2 })).toThrow(expect.objectContaining({ code: 410 }));
    expect(shown(fixture.widgets.watch({ after: 3 }).take())).toEqual(['ADDED n/d@4', 'ADDED n/e@5']);
  });

  it('forgets a closed watch at once', async () => {
    const watch = fixture.widgets.watch({ after: 0 });
    let calls = 0;
    watch.onReady(() => (calls += 1));
    await fixture.put(widget('n', 'a'));
    watch.close();
    await fixture.put(widget('n', 'b'));
    await new Promise(setImmediate);
    expect(calls).toBe(0);
    expect(watch.take()).toEqual([]);
  });

  it('answers 504 with the way to retry where a version does not come in time', async () => {
    let fire = (): void => undefined;
    fixture.stop();
    fixture = new Fixture({
      clock: {
        now: () => new Date(0),
        monotonic: () => 0,
        after: (milliseconds, callback) => {
          expect(milliseconds).toBe(3_000);
          fire = callback;
          return () => undefined;
        },
      },
    });
    await fixture.start();
    const waiting = fixture.widgets.waitFor(5);
    fire();
    await expect(waiting).rejects.toMatchObject({
      status: {
        code: 504,
        reason: 'Timeout',
        message: 'Timeout: Too large resource version: 5, current: 0',
        details: {
          causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
          retryAfterSeconds: 1,
        },
      },
    });
  });

  it('lets those who wait go in the order of their revisions, and nobody early', async () => {
    const order: number[] = [];
    const wait = (revision: number): Promise<void> =>
      fixture.widgets.waitFor(revision).then(() => void order.push(revision));
    const all = Promise.all([wait(3), wait(1), wait(2)]);
    await fixture.put(widget('n', 'a'));
    expect(order).toEqual([1]);
    await fixture.put(widget('n', 'b'));
    await fixture.put(widget('n', 'c'));
    await all;
    expect(order).toEqual([1, 2, 3]);
  });
});
