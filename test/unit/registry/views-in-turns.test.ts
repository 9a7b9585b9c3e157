/** What concerns many clusters is computed in slices: between them, others have their turn. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { storeKey } from '../../../src/apiserver/watchcache/index.ts';
import type { Turns } from '../../../src/runtime/turns.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { Fixture, namespace } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

const clusters = 300;
/** Of the work that asks for turns. */
const stepsATurn = 10;
/** A step looks at a cluster as it was and as it is, and at their apps. */
const mostParsed = stepsATurn * 6;

/** Turns of so many steps. Computing a view takes time mostly because a stored object is parsed: that is counted. */
class CountedTurns implements Turns {
  readonly #parse = vi.spyOn(JSON, 'parse');
  #steps = 0;
  #longest = 0;
  turns = 0;

  due(): boolean {
    this.#steps += 1;
    return this.#steps >= stepsATurn;
  }

  next(): Promise<void> {
    this.turns += 1;
    this.#end();
    return new Promise((resolve) => setImmediate(resolve));
  }

  reset(): void {
    this.#end();
    this.#longest = this.turns = 0;
  }

  /** The most objects that were parsed between two turns. */
  longest(): number {
    this.#end();
    return this.#longest;
  }

  #end(): void {
    this.#longest = Math.max(this.#longest, this.#parse.mock.calls.length);
    this.#parse.mockClear();
    this.#steps = 0;
  }
}

let fixture: Fixture | undefined;
afterEach(() => {
  fixture?.stop();
  vi.restoreAllMocks();
});

async function startedWithMany(): Promise<{ fixture: Fixture; turns: CountedTurns }> {
  const store = new MemoryStore();
  const turns = new CountedTurns();
  const started = new Fixture(undefined, undefined, store, turns);
  fixture = started;
  await started.start();
  await started.app(minimalApp);
  for (let at = 0; at < clusters; at += 1) putCluster(started, at);
  await started.group.roles.cache.current();
  turns.reset();
  return { fixture: started, turns };
}

function putCluster({ store, clusters: { definition } }: Fixture, at: number, members = 1): void {
  const name = `c${String(at).padStart(4, '0')}`;
  const [role] = minimalCluster.spec.roles;
  store.put(storeKey(definition, { namespace, name }), {
    ...minimalCluster,
    metadata: { name, namespace, uid: `uid-${at}`, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { ...minimalCluster.spec, roles: [{ ...role, members }] },
  });
}

const shownRoles = async ({ group }: Fixture) => {
  await group.roles.cache.current();
  return group.roles.cache.list({}).objects.map(({ object }) => object);
};

describe('the views of many clusters are computed in turns', () => {
  it('where a list of the store brings changes of all of them', async () => {
    const { fixture, turns } = await startedWithMany();
    const watch = fixture.group.roles.cache.watch({ after: fixture.group.roles.cache.revision() });
    fixture.store.breakWatches(new Error('connection lost'));
    for (let at = 0; at < clusters; at += 1) putCluster(fixture, at, 3);
    fixture.store.compact();
    await fixture.group.roles.cache.current();
    expect(turns.longest()).toBeLessThanOrEqual(mostParsed);
    expect(turns.turns).toBeGreaterThanOrEqual(clusters / stepsATurn);
    expect((await shownRoles(fixture)).map(({ spec }) => spec?.replicas)).toEqual(new Array(clusters).fill(3));
    expect(watch.take()).toHaveLength(clusters);
  });

  it('where their app changes', async () => {
    const { fixture, turns } = await startedWithMany();
    const app = structuredClone(minimalApp);
    for (const role of app.spec.roles) role.cardinality = '0+';
    fixture.store.put(storeKey(fixture.apps.definition, { namespace, name: 'minimal' }), {
      ...app,
      metadata: { ...fixture.apps.cache.get(namespace, 'minimal')?.object.metadata },
    });
    await fixture.group.roles.cache.current();
    expect(turns.longest()).toBeLessThanOrEqual(mostParsed);
    expect((await shownRoles(fixture)).map(({ spec }) => spec?.cardinality)).toEqual(new Array(clusters).fill('0+'));
  });

  it('where a list brings another app, and clusters that use it from now on', async () => {
    const { fixture, turns } = await startedWithMany();
    fixture.store.breakWatches(new Error('connection lost'));
    const metadata = { name: 'other', namespace, uid: 'other', creationTimestamp: '2026-01-01T00:00:00Z' };
    const [role] = minimalApp.spec.roles;
    fixture.store.put(storeKey(fixture.apps.definition, { namespace, name: 'other' }), {
      ...minimalApp,
      metadata,
      spec: { ...minimalApp.spec, roles: [{ ...role, cardinality: '7' }] },
    });
    for (let at = 0; at < clusters; at += 1) {
      const name = `c${String(at).padStart(4, '0')}`;
      const cluster = fixture.clusters.cache.get(namespace, name)?.object;
      fixture.store.put(storeKey(fixture.clusters.definition, { namespace, name }), {
        ...cluster,
        spec: { ...cluster?.spec, app: 'other' },
      });
    }
    fixture.store.compact();
    expect((await shownRoles(fixture)).map(({ spec }) => spec?.cardinality)).toEqual(new Array(clusters).fill('7'));
    expect(turns.turns).toBeGreaterThanOrEqual(clusters / stepsATurn);
  });
});
