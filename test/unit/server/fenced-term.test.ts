import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInProcessClient, type InProcessClient } from '../../../src/apiserver/client/index.ts';
import { beginTerm, LeadershipLostError, type Term } from '../../../src/runtime/leadership.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { claimTerm, type FencedTerm } from '../../../src/server/fenced-term.ts';
import { StorageUnavailableError } from '../../../src/storage/contract.ts';
import { admin, Api, widget, type Widget } from '../../support/api.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { createManualClock } from '../runtime/manual-clock.ts';

let store: MemoryStore;
let clock: ReturnType<typeof createManualClock>;
const stopped = new AbortController();
beforeEach(() => {
  store = new MemoryStore();
  clock = createManualClock();
});

const settle = () => new Promise((resolve) => setImmediate(resolve));
const begin = (holder: string): Term =>
  beginTerm({ holder, clock, signal: stopped.signal, until: () => Number.POSITIVE_INFINITY });
const claim = (term: Term, shows: (revision: number) => Promise<void> = () => Promise.resolve()): Promise<FencedTerm> =>
  claimTerm(term, { store, clock, logger: silentLogger, shows });

describe('A term that the store knows', () => {
  it('has a later number than the one before, in the same data', async () => {
    const [first, second] = [await claim(begin('a')), await claim(begin('b'))];
    const [one = '', lineage] = first.name.split('@');
    const [other = '', sameLineage] = second.name.split('@');
    expect(Number(other)).toBeGreaterThan(Number(one));
    expect(sameLineage).toBe(lineage);
    expect(
      (
        await claimTerm(begin('c'), {
          store: new MemoryStore(),
          clock,
          logger: silentLogger,
          shows: () => Promise.resolve(),
        })
      ).name,
    ).not.toContain(lineage);
  });

  it('begins once this process knows what was written before it', async () => {
    let show: () => void = () => undefined;
    const shown = new Promise<void>((resolve) => (show = resolve));
    let isClaimed = false;
    const claimed = claim(begin('a'), (revision) => {
      expect(revision).toBe(2);
      return shown;
    }).then(() => (isClaimed = true));
    await settle();
    expect(isClaimed).toBe(false);
    show();
    await claimed;
  });

  it('waits for a store that is away', async () => {
    const failures = [
      new StorageUnavailableError('away'),
      new StorageUnavailableError('away', { indeterminate: true }),
    ];
    const flaky = {
      read: (key: string) => store.read(key),
      commit: (request: Parameters<typeof store.commit>[0]) => {
        const failure = failures.shift();
        return failure === undefined ? store.commit(request) : Promise.reject(failure);
      },
    };
    const claimed = claimTerm(begin('a'), {
      ...{ store: flaky, clock, logger: silentLogger },
      shows: () => Promise.resolve(),
    });
    for (let second = 0; second < 2; second++) {
      await settle();
      clock.advance(1_000);
    }
    expect((await claimed).fence.condition.revision).toBe(2);
  });

  it('does not begin where leadership is lost before', async () => {
    const term = begin('a');
    term.end(new LeadershipLostError('somebody holds the Lease'));
    await expect(claim(term)).rejects.toThrow(LeadershipLostError);
    expect(await store.read('/internal/leadership/term')).toBeUndefined();
  });
});

describe('A term that a container refuses', () => {
  it('ends where the store knows a later one', async () => {
    const old = await claim(begin('a'));
    const next = await claim(begin('b'));
    old.superseded();
    await settle();
    expect(old.isCurrent()).toBe(false);
    expect(next.isCurrent()).toBe(true);
    expect((await claim(begin('c'))).name.split('@')[1]).toBe(next.name.split('@')[1]);
  });

  it('is followed by terms that are counted anew where the store knows none', async () => {
    const term = await claim(begin('a'));
    term.superseded();
    term.superseded();
    await settle();
    expect(term.isCurrent()).toBe(false);
    expect((await claim(begin('a'))).name.split('@')[1]).not.toBe(term.name.split('@')[1]);
  });
});

describe('What a leader writes', () => {
  let api: Api;
  let old: FencedTerm;
  let deposed: InProcessClient<Widget>;
  const target = { namespace: 'default', name: 'a' };
  const client = ({ fence }: FencedTerm): InProcessClient<Widget> =>
    createInProcessClient(api.server.registry<Widget>('demo.example', 'widgets'), {
      ...{ user: admin, manager: 'test', requestId: () => 'id', fence },
    });
  const named = (name: string): Widget => ({ ...widget(name), metadata: { name, namespace: 'default' } });
  beforeEach(async () => {
    api = await Api.started({ store });
    old = await claim(begin('a'));
    deposed = client(old);
    await deposed.create(named('a'));
  });
  afterEach(() => api.stop());

  it.each([
    ['a creation', () => deposed.create(named('b'))],
    [
      'an update',
      async () =>
        deposed.update({ ...(await current()), metadata: { ...(await current()).metadata, labels: { late: '' } } }),
    ],
    ['a patch', () => deposed.patch(target, { metadata: { labels: { late: '' } } })],
    ['a status', async () => deposed.update({ ...(await current()), status: { state: 'late' } }, 'status')],
    ['a deletion', () => deposed.delete(target)],
  ])('fails once another one has begun its term, and ends its own: %s', async (_what, write) => {
    const before = await current();
    await client(await claim(begin('b'))).patch(target, { metadata: { labels: { newer: '' } } });
    expect(old.isCurrent()).toBe(true);
    await expect(write()).rejects.toThrow('another process has begun a term');
    expect(old.isCurrent()).toBe(false);
    expect(old.signal.reason).toBeInstanceOf(LeadershipLostError);
    const after = await current();
    expect(after.metadata.labels).toEqual({ newer: '' });
    expect(after.status).toEqual(before.status);
    expect(deposed.list()).toHaveLength(1);
  });

  it('does not depend on terms where users write', async () => {
    await claim(begin('b'));
    const users = createInProcessClient(api.server.registry<Widget>('demo.example', 'widgets'), {
      ...{ user: admin, manager: 'test', requestId: () => 'id' },
    });
    await users.patch(target, { metadata: { labels: { mine: '' } } });
    expect((await current()).metadata.labels).toEqual({ mine: '' });
  });

  async function current() {
    const found = await deposed.read(target);
    if (found === undefined) throw new Error('it is gone');
    return found;
  }
});
