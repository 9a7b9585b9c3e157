/** How much memory lists of all objects need while they are sent. */
import { once } from 'node:events';
import { connect } from 'node:http2';
import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from './figure.ts';
import { clusters } from './objects.ts';
import { withResident, type Resident } from './resident/process.ts';
import { makeTemplate, writeFolder } from './resident/template.ts';
import { withDirectory, type Scenario } from './scenario.ts';

const stored = 10_000;
const readers = 20;
/** The bytes that a slow reader reads in a second, and the time after which it stops. */
const slowBytes = 1_000_000;
const slowMs = 10_000;
/** The time after which a fast reader stops. YAML of all objects takes longer than clients wait. */
const fastMs = 20_000;
const settleMs = 5_000;

interface Encoding {
  readonly name: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly protocol?: 'HTTP/2';
}

const accept = (as: string): Record<string, string> => ({ accept: `application/json;as=${as};v=v1;g=meta.k8s.io` });
const gzip = { 'accept-encoding': 'gzip' };
const streaming = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

const encodings: readonly Encoding[] = [
  { name: 'JSON' },
  { name: 'JSON over HTTP/2', protocol: 'HTTP/2' },
  { name: 'JSON, gzip', headers: gzip },
  { name: 'JSON, indented', query: 'pretty=true' },
  { name: 'JSON, page of 5,000', query: 'limit=5000' },
  { name: 'JSON, all by a label', query: 'labelSelector=!nothing', headers: gzip },
  { name: 'YAML', headers: { accept: 'application/yaml' } },
  { name: 'Table', headers: accept('Table') },
  { name: 'Table with objects, gzip', headers: { ...accept('Table'), ...gzip }, query: 'includeObject=Object' },
  { name: 'PartialObjectMetadataList', headers: accept('PartialObjectMetadataList') },
  { name: 'streamed by a watch', query: streaming },
];

/** Reads to the end, or for `ms` milliseconds. @param bytesPerSecond the highest speed; unlimited if absent */
async function read(body: Readable, ms: number, bytesPerSecond?: number): Promise<number> {
  const begun = performance.now();
  let bytes = 0;
  const late = setTimeout(() => body.destroy(), ms);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytesPerSecond === undefined) continue;
      const ahead = (bytes / bytesPerSecond) * 1000 - (performance.now() - begun);
      if (ahead > 0) await sleep(ahead);
    }
  } catch (error) {
    if (!body.destroyed) throw error;
  } finally {
    clearTimeout(late);
  }
  return bytes;
}

/** Uses one connection for each reader with HTTP/1.1, and one connection for all readers with HTTP/2. */
async function readAll(server: Resident, encoding: Encoding, ms: number, bytesPerSecond?: number): Promise<number> {
  const { port, ca } = server;
  const path = `${clusters}?${encoding.query ?? ''}`;
  const each = Array.from({ length: readers });
  if (encoding.protocol === 'HTTP/2') {
    const session = connect(`https://127.0.0.1:${port}`, { ca });
    const streams = each.map(() => session.request({ ':path': path, ...encoding.headers }));
    try {
      return sum(await Promise.all(streams.map((stream) => read(stream, ms, bytesPerSecond))));
    } finally {
      session.destroy();
    }
  }
  const agent = new Agent({ ca, maxSockets: readers });
  const one = async (): Promise<number> => {
    const sent = request({ agent, host: '127.0.0.1', port, path, headers: encoding.headers }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    if (answer.statusCode !== 200) throw new Error(`GET ${path}: ${answer.statusCode ?? 0}`);
    return read(answer, ms, bytesPerSecond);
  };
  try {
    return sum(await Promise.all(each.map(one)));
  } finally {
    agent.destroy();
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

async function figuresOf(folder: string, encoding: Encoding): Promise<Figure[]> {
  return withResident(folder, async (server) => {
    await sleep(settleMs);
    const rest = server.memory().now;
    const figures: Figure[] = [];
    for (const [speed, ms, bytesPerSecond] of [
      ['fast', fastMs, undefined],
      ['slow', slowMs, slowBytes],
    ] as const) {
      server.forgetPeak();
      const bytes = await readAll(server, encoding, ms, bytesPerSecond);
      const { peak } = server.memory();
      figures.push({
        name: `${encoding.name}, ${speed}`,
        value: (peak - rest) / 1e6,
        unit: 'MB',
        detail: `above ${(rest / 1e6).toFixed(0)} MB at rest; ${readers} readers took ${(bytes / 1e6).toFixed(0)} MB`,
      });
    }
    return figures;
  });
}

export const listMemoryScenario: Scenario = {
  name: 'list-memory',
  about: `growth of resident memory while ${readers} lists of ${stored.toLocaleString('en-US')} clusters of 7 members are read`,
  async run(bench) {
    const template = await makeTemplate(bench);
    return withDirectory(bench, async (root) => {
      const folder = join(root, 'data');
      await writeFolder(folder, template, stored);
      const figures: Figure[] = [];
      for (const encoding of encodings) {
        figures.push(...(await figuresOf(folder, encoding)));
      }
      return figures;
    });
  },
};
