/** What stands in front of the API: through the same filters, and with the same limits, as the API. */
import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createFront } from '../../src/front/index.ts';
import { createAuthority } from '../support/certificates.ts';
import { GroupApi } from './group-api.ts';

const unsentBytes = 1024 * 1024;
const sizes = { 'large.js': 1024 * 1024, 'small.js': 100 * 1024 };
/** Bytes of an answer that wait for a client which reads nothing: of a large one only what is handed over at a time. */
const waiting = { 'large.js': 32 * 1024, 'small.js': sizes['small.js'] };
const clients = 50;

let api: GroupApi;
let url: string;
let ca: string;
beforeAll(async () => {
  const files = new Map(
    Object.entries(sizes).map(([name, size]) => [name, { type: 'text/javascript', body: Buffer.alloc(size, name) }]),
  );
  const front = createFront({ files, loopbackOnly: true });
  api = await GroupApi.started({ front, unsentBytes });
  const authority = await createAuthority();
  ({ cert: ca } = authority);
  const credentials = await authority.issue('CN=localhost', { usage: 'serverAuth', names: ['127.0.0.1'] });
  const { port } = await api.server.listen({ host: '127.0.0.1', port: 0, credentials });
  url = `https://127.0.0.1:${port}`;
});
afterAll(async () => {
  await api.server.stop(0);
  api.stop();
});

function session(initialWindowSize: number): ClientHttp2Session {
  const opened = connect(url, { ca, settings: { initialWindowSize } });
  opened.on('error', () => undefined);
  onTestFinished(() => opened.destroy());
  return opened;
}

function asked(at: ClientHttp2Session, path: string): ClientHttp2Stream {
  const stream = at.request({ ':path': path });
  stream.on('error', () => undefined);
  return stream;
}

async function statusOf(stream: ClientHttp2Stream): Promise<number> {
  const [headers] = (await once(stream, 'response')) as [{ ':status': number }];
  return headers[':status'];
}

async function read(stream: ClientHttp2Stream): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}

describe('files of the page', () => {
  it.each(['large.js', 'small.js'] as const)(
    'that clients do not read are cut off above the limit: %s',
    async (name) => {
      const slow = session(0);
      const cut = new Set<ClientHttp2Stream>();
      const streams = Array.from({ length: clients }, () => {
        const stream = asked(slow, `/ui/${name}`);
        return stream.once('close', () => cut.add(stream));
      });
      const most = Math.floor(unsentBytes / waiting[name]);
      await expect.poll(() => clients - cut.size, { timeout: 10_000 }).toBeLessThanOrEqual(most);
      expect(clients - cut.size).toBe(most);
      // Those that stand longest go first.
      expect(streams.slice(0, clients - most).every((stream) => cut.has(stream))).toBe(true);
      // Whoever reads gets everything meanwhile.
      const stream = asked(session(65_535), `/ui/${name}`);
      expect(await statusOf(stream)).toBe(200);
      expect(await read(stream)).toHaveLength(sizes[name]);
    },
  );

  it('are counted as all requests are', async () => {
    const before = await answered();
    const stream = asked(session(65_535), '/ui/none.js');
    expect(await statusOf(stream)).toBe(404);
    await read(stream);
    await expect.poll(answered).toBe(before + 1);
  });
});

/** Requests for nothing of the API that were answered with 404. */
async function answered(): Promise<number> {
  const { text } = await api.get('/metrics');
  const line = text.split('\n').find((one) => /^apiserver_request_total\{verb="GET",group="".*code="404"/.test(one));
  return Number(line?.split(' ').at(-1) ?? 0);
}
