/** A list is never held as one buffer or one text, however it is encoded, and however slowly it is read. */
import { once } from 'node:events';
import { connect } from 'node:http2';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusters } from './holds/kind.ts';
import { MeasuredServer } from './holds/server.ts';

const objects = 2_000;
const objectBytes = 6_000;
/** What a list has at least: several times what may exist of it at a time. */
const listBytes = objects * objectBytes;
/** A part of a list is a quarter of a mebibyte; Node joins what it writes at once. */
const limit = 1024 * 1024;

const accept = (value: string): Readonly<Record<string, string>> => ({ accept: value });
const as = (kind: string) => accept(`application/json;as=${kind};v=v1;g=meta.k8s.io`);
const gzip = { 'accept-encoding': 'gzip' };
const streaming = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

interface Form {
  readonly name: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes that the answer has at least; absent: those of all objects. */
  readonly bytes?: number;
  readonly until?: string;
}

const forms: readonly Form[] = [
  { name: 'JSON' },
  { name: 'JSON, gzip', headers: gzip, bytes: 10_000 },
  { name: 'JSON, indented', query: 'pretty=true' },
  { name: 'JSON, indented, gzip', query: 'pretty=true', headers: gzip, bytes: 10_000 },
  { name: 'JSON, a page of nearly all', query: `limit=${objects - 1}` },
  { name: 'JSON, a page of nearly all, gzip', query: `limit=${objects - 1}`, headers: gzip, bytes: 10_000 },
  { name: 'JSON, selected by a label', query: 'labelSelector=number' },
  { name: 'YAML', headers: accept('application/yaml') },
  { name: 'YAML, gzip', headers: { ...accept('application/yaml'), ...gzip }, bytes: 10_000 },
  { name: 'Table', headers: as('Table') },
  { name: 'Table without objects', headers: as('Table'), query: 'includeObject=None', bytes: 100_000 },
  {
    name: 'Table with objects, gzip',
    headers: { ...as('Table'), ...gzip },
    query: 'includeObject=Object',
    bytes: 10_000,
  },
  { name: 'PartialObjectMetadataList', headers: as('PartialObjectMetadataList') },
  { name: 'a watch that begins with all', query: streaming, until: 'k8s.io/initial-events-end' },
  {
    name: 'a watch of metadata that begins with all',
    query: streaming,
    headers: as('PartialObjectMetadata'),
    until: 'k8s.io/initial-events-end',
  },
];

describe('a server whose lists have 12 MB', () => {
  let server: MeasuredServer;
  beforeAll(async () => {
    server = await MeasuredServer.started(objects, objectBytes);
    server.process.send('meter buffers');
  }, 60_000);
  afterAll(async () => {
    await server.stop();
  });

  /** @param read gets lists */
  async function nothingIsWhole(read: () => Promise<void>): Promise<void> {
    const { buffers } = await server.measured(read);
    expect(buffers?.largest.bytes, `made by ${buffers?.largest.by ?? 'nobody'}`).toBeLessThan(limit);
    expect(buffers?.mostUnsent).toBeLessThan(limit);
    expect(buffers?.written).toBeGreaterThan(0);
  }

  /** Clients that wait for the beginning of an answer, read nothing of it, and leave. */
  async function unread(path: string, headers: Readonly<Record<string, string>>): Promise<void> {
    const answers = await Promise.all(Array.from({ length: 4 }, () => server.open({ path, headers })));
    await pause(300);
    for (const answer of answers) answer.on('error', () => undefined).destroy();
  }

  it.each(forms)('holds no list as a whole: $name', async ({ query = '', headers = {}, bytes = listBytes, until }) => {
    const path = `${clusters}?${query}`;
    const call = { path, headers, ...(until === undefined ? {} : { until }) };
    await nothingIsWhole(async () => {
      const outcome = await server.send(call);
      expect(outcome.status, outcome.head).toBe(200);
      expect(outcome.bytes).toBeGreaterThan(bytes);
      await unread(path, headers);
    });
  });

  it.each(forms)('holds no list as a whole for a client of HTTP/2: $name', async ({ query = '', headers = {} }) => {
    await nothingIsWhole(async () => {
      const session = connect(server.url, { ca: server.ca });
      session.on('error', () => undefined);
      try {
        const ask = { ':path': `${clusters}?${query}`, ...headers };
        const streams = Array.from({ length: 4 }, () => session.request(ask));
        await Promise.all(streams.map((stream) => once(stream, 'response')));
        await pause(300);
      } finally {
        session.destroy();
      }
    });
  });

  it('writes nothing more once the clients are gone', async () => {
    await expect.poll(async () => (await server.report()).isBusy).toBe(false);
    const { buffers: before } = await server.report();
    await pause(200);
    expect((await server.report()).buffers?.written).toBe(before?.written);
  });
});
