import { once } from 'node:events';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { frameTypes } from '../../support/http2-frames.ts';
import {
  client,
  eachWithItsSessions,
  get,
  look,
  muchBytes,
  pingsTo,
  serve,
  servers,
  stoppedApart,
  thereAndBack,
} from './session-fixture.ts';

eachWithItsSessions();

/** Node.js 20 and 22 do not notice that nghttp2 has ended a session; 24 destroys it by itself, before the watchdog looks. */
const byWatchdog = Number(process.versions.node.split('.')[0]) < 24 ? ['ended'] : [];

describe('a session that was ended by a header value beyond nghttp2’s limit', () => {
  it.each([
    ['a query of 90,000 bytes', [[':path', `/?a=${'~'.repeat(90_000)}`]]],
    [
      'a label selector that is 60 kB before and 180 kB after escaping',
      [[':path', `/?labelSelector=${'%3D'.repeat(60_000)}`]],
    ],
    ['a header of 70,000 bytes', [...get('/'), ['x-remote-extra-note', 'x'.repeat(70_000)]]],
  ] as [string, [string, string][]][])('is destroyed within three looks: %s', async (_, headers) => {
    const { port, clock, deaths, asked, open } = await serve();
    const one = await client(port);
    one.request(1, get('/watch'));
    await expect.poll(() => [...open]).toEqual(['/watch']);
    await look(clock, 3);
    one.request(3, headers);
    await expect.poll(() => one.frames.some(({ type }) => type === frameTypes.goaway)).toBe(true);
    await look(clock, 3);
    await one.closed;
    expect(deaths).toEqual(byWatchdog);
    await expect.poll(() => [...open]).toEqual([]);
    expect(asked).toEqual(['/watch']);
    const next = await client(port);
    next.request(1, get('/watch'));
    await expect.poll(() => [...open]).toEqual(['/watch']);
  });

  it('is destroyed though the client goes on to send pings', async () => {
    const { port, clock, deaths, open } = await serve();
    const one = await client(port);
    one.request(1, get('/watch'));
    await expect.poll(() => open.size).toBe(1);
    one.request(3, get(`/?a=${'~'.repeat(90_000)}`));
    for (let time = 0; time < 3; time++) {
      one.ping();
      await look(clock, 1);
    }
    await one.closed;
    expect(deaths).toEqual(byWatchdog);
  });
});

describe('a session that lives', () => {
  it('has a request beyond the size of all headers reset, and its watch goes on', async () => {
    let write: (bytes: Buffer) => void = () => undefined;
    const { port, clock, deaths, open } = await serve((given) => (write = given));
    const one = await client(port);
    one.request(1, get('/watch'));
    await expect.poll(() => open.size).toBe(1);
    const many = Array.from({ length: 1_600 }, (_, at): [string, string] => [
      'x-remote-group',
      `${at}`.padStart(40, 'g'),
    ]);
    one.request(3, [...get('/'), ...many]);
    await expect
      .poll(() => one.frames.some(({ type, stream }) => type === frameTypes.reset && stream === 3))
      .toBe(true);
    await look(clock, 40);
    expect(deaths).toEqual([]);
    write(Buffer.from('an event'));
    const seen = (): string =>
      one.frames.map(({ type, payload }) => (type === frameTypes.data ? payload.toString() : '')).join('');
    await expect.poll(seen).toContain('an event');
  });

  it.each([800, 1_500])('serves a user in %d groups of 40 bytes', async (count) => {
    const { port, asked } = await serve();
    const one = await client(port);
    const groups = Array.from({ length: count }, (_, at): [string, string] => [
      'x-remote-group',
      `${at}`.padStart(40, 'g'),
    ]);
    one.request(1, [...get('/of-many-groups'), ...groups]);
    await expect.poll(() => asked).toEqual(['/of-many-groups']);
    await expect.poll(() => one.frames.some(({ type, stream }) => type === frameTypes.data && stream === 1)).toBe(true);
  });

  it('is asked for life rarely while nothing comes in, and not at all without a stream', async () => {
    const { port, clock, deaths, open } = await serve();
    const quiet = await client(port);
    quiet.request(1, get('/watch'));
    const unused = await client(port);
    unused.request(1, get('/'));
    await expect.poll(() => open.size).toBe(1);
    await look(clock, 62);
    expect(pingsTo(quiet)).toBeGreaterThanOrEqual(3);
    expect(pingsTo(quiet)).toBeLessThanOrEqual(10);
    expect(pingsTo(unused)).toBe(0);
    expect(deaths).toEqual([]);
  });

  it('is left alone while its client takes nothing for a while', async () => {
    const { port, clock, deaths, open } = await serve((write) => write(Buffer.alloc(muchBytes)));
    const child = await stoppedApart(port);
    await look(clock, 12);
    expect(deaths).toEqual([]);
    const all = once(child.stdout, 'data');
    child.kill('SIGCONT');
    await all;
    await look(clock, 4);
    expect(deaths).toEqual([]);
    expect(open.size).toBe(1);
  }, 30_000);
});

describe('a process that was paused', () => {
  it('does not take the time for silence of its peers', async () => {
    const { port, clock, pause, deaths, open } = await serve();
    const one = await client(port);
    one.request(1, get('/watch'));
    await expect.poll(() => open.size).toBe(1);
    one.answersPings = false;
    await look(clock, 4);
    pause(60_000);
    await look(clock, 10);
    expect(deaths).toEqual([]);
    await look(clock, 18);
    expect(deaths).toEqual(['silent']);
  });

  it('does not take a ping that it had no turn to write for the end of a session', async () => {
    const { port, clock, pause, deaths, open } = await serve();
    const one = await client(port);
    one.request(1, get('/watch'));
    await expect.poll(() => open.size).toBe(1);
    // Without a turn of the event loop between them.
    for (let time = 0; time < 3; time++) {
      clock.advance(999);
      pause(1_000);
      clock.advance(1);
    }
    expect(deaths).toEqual([]);
    await thereAndBack();
    await look(clock, 4);
    expect(deaths).toEqual([]);
    expect(open.size).toBe(1);
  });
});

describe('a session whose client is gone', () => {
  it('without a word is destroyed within half a minute', async () => {
    const { port, clock, deaths, open } = await serve();
    const one = await client(port);
    one.request(1, get('/watch'));
    await expect.poll(() => open.size).toBe(1);
    one.answersPings = false;
    await look(clock, 14);
    expect(deaths).toEqual([]);
    await look(clock, 18);
    expect(deaths).toEqual(['silent']);
    await one.closed;
    await expect.poll(() => open.size).toBe(0);
  });

  it('while much was on its way to it is destroyed, too', async () => {
    const { port, clock, deaths, open } = await serve((write) => write(Buffer.alloc(muchBytes)));
    await stoppedApart(port);
    await look(clock, 34);
    expect(deaths).toEqual(['silent']);
    await expect.poll(() => open.size).toBe(0);
    // What it never took does not keep the connection.
    await look(clock, 2);
    const closed = servers.splice(0).map((server) => server.close(60_000));
    await Promise.all(closed);
  }, 30_000);
});

describe('a session without streams', () => {
  it('is closed after a minute and a half, one with a quiet watch is not', async () => {
    const { port, clock, open } = await serve();
    const unused = await client(port);
    unused.request(1, get('/'));
    await expect.poll(() => unused.frames.some(({ type }) => type === frameTypes.data)).toBe(true);
    const quiet = await client(port);
    quiet.request(1, get('/watch'));
    await expect.poll(() => open.size).toBe(1);
    await look(clock, 92);
    await unused.closed;
    expect(quiet.frames.some(({ type }) => type === frameTypes.goaway)).toBe(false);
    quiet.request(3, get('/'));
    await expect
      .poll(() => quiet.frames.some(({ type, stream }) => type === frameTypes.data && stream === 3))
      .toBe(true);
  });
});
