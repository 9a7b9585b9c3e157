import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, type LiveApi } from '../../../src/live/api.ts';
import { LiveList } from '../../../src/live/live-list.ts';

const item = (name: string, resourceVersion: string) => ({
  ...{ apiVersion: 'v1', kind: 'Thing' },
  metadata: { name, namespace: 'n', resourceVersion },
});
const line = (type: string, object: object): string => JSON.stringify({ type, object });

/** Answers lists and watches in the order given, then nothing more. */
function play(answers: { lists: object[]; watches: (string[] | ApiError)[] }) {
  const asked: string[] = [];
  const api: LiveApi = {
    json: <T>(path: string) => {
      asked.push(path);
      return Promise.resolve(answers.lists.shift() as T);
    },
    async *lines(path, signal) {
      asked.push(path);
      const answer = answers.watches.shift();
      if (answer instanceof ApiError) throw answer;
      yield* answer ?? [];
      if (answer === undefined)
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    },
  };
  const pauses: number[] = [];
  const pause = (milliseconds: number): Promise<void> => {
    pauses.push(milliseconds);
    return Promise.resolve();
  };
  const list = new LiveList({
    api,
    path: '/things',
    keep: ({ metadata }) => metadata.name,
    changed: () => undefined,
    pause,
  });
  return { list, asked, pauses };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a followed list', () => {
  it('reads all parts, watches from there, and goes on from a bookmark', async () => {
    const { list, asked } = play({
      lists: [
        { metadata: { resourceVersion: '5', continue: 'more' }, items: [item('a', '1')] },
        { metadata: { resourceVersion: '5' }, items: [item('b', '2')] },
      ],
      watches: [[line('ADDED', item('c', '6')), line('DELETED', item('a', '7')), line('BOOKMARK', item('', '9'))]],
    });
    void list.start();
    await expect.poll(() => asked.at(-1)).toContain('resourceVersion=9');
    expect([...list.items.values()]).toEqual(['b', 'c']);
    expect([asked[1], list.state]).toEqual(['/things?limit=500&continue=more', 'live']);
    list.stop();
  });

  it('lists again where the server has forgotten the version, and drops what is gone', async () => {
    const { list, asked } = play({
      lists: [
        { metadata: { resourceVersion: '5' }, items: [item('a', '1')] },
        { metadata: { resourceVersion: '50' }, items: [item('b', '2')] },
      ],
      watches: [[line('ERROR', { code: 410, message: 'too old', metadata: {} })]],
    });
    void list.start();
    await expect.poll(() => asked.at(-1)).toContain('resourceVersion=50');
    expect([...list.items.values()]).toEqual(['b']);
    list.stop();
  });

  it('keeps what it shows while the server does not answer, and asks less and less often', async () => {
    const lost = new ApiError(0, 'The server does not answer.');
    const { list, asked, pauses } = play({
      lists: [{ metadata: { resourceVersion: '5' }, items: [item('a', '1')] }],
      watches: Array.from({ length: 8 }, () => lost),
    });
    void list.start();
    await expect.poll(() => asked.length).toBe(10);
    expect([...list.items.values(), list.state, list.error]).toEqual(['a', 'broken', lost]);
    expect(pauses[0]).toBeLessThanOrEqual(500);
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(7_500);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(15_000);
    list.stop();
  });

  it('lists anew where a watch has gone silent', async () => {
    vi.useFakeTimers();
    const page = { metadata: { resourceVersion: '5' }, items: [] };
    const { list, asked } = play({ lists: [page, page], watches: [] });
    void list.start();
    await vi.advanceTimersByTimeAsync(170_000);
    expect(asked).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(asked).toHaveLength(4);
    expect([asked[2], list.state]).toEqual(['/things?limit=500', 'live']);
    list.stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('pauses where the server forgets the version again and again', async () => {
    const gone = new ApiError(410, 'too old');
    const page = { metadata: { resourceVersion: '5' }, items: [] };
    const { list, asked, pauses } = play({ lists: Array.from({ length: 5 }, () => page), watches: [gone, gone, gone] });
    void list.start();
    await expect.poll(() => asked.length).toBe(8);
    expect(pauses).toHaveLength(2);
    list.stop();
  });

  it('pauses longer and longer where the server ends watches at once, though with events', async () => {
    const watches = Array.from({ length: 8 }, (_, index) => [line('ADDED', item('a', String(index + 6)))]);
    const { list, asked, pauses } = play({ lists: [{ metadata: { resourceVersion: '5' }, items: [] }], watches });
    void list.start();
    await expect.poll(() => asked.length).toBe(10);
    expect(pauses).toHaveLength(8);
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(7_500);
    list.stop();
  });

  it('asks no more once the API does not know the user', async () => {
    const { list, asked, pauses } = play({
      lists: [{ metadata: { resourceVersion: '5' }, items: [] }],
      watches: [new ApiError(401, 'Unauthorized')],
    });
    await list.start();
    expect([asked.length, pauses, list.state, list.error?.code]).toEqual([2, [], 'broken', 401]);
  });

  it('asks nothing more once it is stopped, also while its first list is looked at', async () => {
    const asked: string[] = [];
    const list = new LiveList({
      api: {
        json: <T>(path: string) => {
          asked.push(path);
          return Promise.resolve({ metadata: { resourceVersion: '5' }, items: [] } as T);
        },
        async *lines(path) {
          asked.push(path);
          await new Promise(() => undefined);
          yield '';
        },
      },
      path: '/things',
      keep: ({ metadata }) => metadata.name,
      changed: () => {
        list.stop();
        return Promise.resolve();
      },
    });
    await list.start();
    expect(asked).toEqual(['/things?limit=500']);
  });
});
