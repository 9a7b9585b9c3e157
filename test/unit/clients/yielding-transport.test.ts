import { describe, expect, it } from 'vitest';
import type { ApiRequest } from '../../../src/clients/kubernetes/transport.ts';
import { createYieldingTransport } from '../../../src/clients/kubernetes/yielding-transport.ts';
import { systemClock } from '../../../src/runtime/clock.ts';

/** A kube-apiserver that answers when it is told to. */
function fixture(pressed: boolean) {
  const state = { pressed };
  const asked: { readonly path: string; readonly answer: () => void; readonly fail: () => void }[] = [];
  const request = <T>({ path }: ApiRequest): Promise<T> =>
    new Promise((resolve, reject) => {
      asked.push({ path, answer: () => resolve(undefined as T), fail: () => reject(new Error('refused')) });
    });
  const stream = async function* (): AsyncGenerator {};
  const transport = createYieldingTransport(
    { request, stream, close: () => undefined },
    { pressed: () => state.pressed, clock: systemClock },
  );
  return { state, asked, transport, paths: () => asked.map(({ path }) => path) };
}

const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));

describe("the controller's writes to kube-apiserver", () => {
  it('go out at once while no user writes', () => {
    const { transport, paths } = fixture(false);
    for (const path of ['/a', '/b', '/c']) void transport.request({ method: 'PATCH', path });
    expect(paths()).toEqual(['/a', '/b', '/c']);
  });

  it('go out one at a time while users write, also after one that failed', async () => {
    const { transport, asked, paths } = fixture(true);
    const first = transport.request({ method: 'PATCH', path: '/a' });
    const second = transport.request({ method: 'POST', path: '/b' });
    const third = transport.request({ method: 'DELETE', path: '/c' });
    await aWhile();
    expect(paths()).toEqual(['/a']);
    asked[0]?.fail();
    await expect(first).rejects.toThrow('refused');
    await expect.poll(paths).toEqual(['/a', '/b']);
    asked[1]?.answer();
    await second;
    await expect.poll(paths).toEqual(['/a', '/b', '/c']);
    asked[2]?.answer();
    await third;
  });

  it('all go on when users write no more', async () => {
    const { transport, state, paths } = fixture(true);
    for (const path of ['/a', '/b', '/c']) void transport.request({ method: 'PATCH', path });
    await aWhile();
    expect(paths()).toEqual(['/a']);
    state.pressed = false;
    await expect.poll(() => paths().length).toBe(3);
  });

  it('do not hold up reads', async () => {
    const { transport, paths } = fixture(true);
    void transport.request({ method: 'PATCH', path: '/a' });
    void transport.request({ method: 'GET', path: '/b' });
    await aWhile();
    expect(paths()).toEqual(['/a', '/b']);
  });

  it('are not sent if they are no longer wanted', async () => {
    const { transport, paths } = fixture(true);
    void transport.request({ method: 'PATCH', path: '/a' });
    const stop = new AbortController();
    const unwanted = transport.request({ method: 'PATCH', path: '/b', signal: stop.signal });
    stop.abort(new Error('gone'));
    await expect(unwanted).rejects.toThrow('gone');
    expect(paths()).toEqual(['/a']);
  });
});
