/** Reads a watch line by line, over HTTP/1.1, HTTP/2 or WebSocket. */
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect } from 'node:http2';
import type { Readable } from 'node:stream';
import { WebSocket } from 'ws';

export interface WatchLine {
  type: string;
  object: {
    kind: string;
    code?: number;
    reason?: string;
    message?: string;
    metadata: { name?: string; namespace?: string; resourceVersion: string; annotations?: Record<string, string> };
    columnDefinitions?: unknown[];
    rows: { cells: unknown[]; object: WatchLine['object'] | null }[];
  };
}

/** "ADDED a@3" */
export function brief({ type, object }: WatchLine): string {
  if (type === 'ERROR') return `ERROR ${object.code} ${object.reason}`;
  const { name = '-', resourceVersion } = object.metadata;
  return `${type} ${name}@${resourceVersion}${object.metadata.annotations?.['k8s.io/initial-events-end'] ? ' end' : ''}`;
}

export class WatchClient {
  readonly lines: WatchLine[] = [];
  status = 0;
  headers: IncomingHttpHeaders = {};
  ended = false;
  /** What came behind the last line's end: the whole answer, where it is no stream. */
  tail = '';
  readonly #close: () => void;
  readonly #pause: () => void;
  readonly #resume: () => void;
  #rest = '';
  #taken = 0;
  #wake: () => void = () => undefined;

  private constructor(close: () => void, pause: () => void, resume: () => void) {
    this.#close = close;
    this.#pause = pause;
    this.#resume = resume;
  }

  static async http1(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<WatchClient> {
    const [message, end] = await new Promise<[IncomingMessage, () => void]>((resolve, reject) => {
      const call = request(url, { headers, method, agent: false }, (response) => {
        resolve([response, () => call.destroy()]);
      });
      call.on('error', reject);
      call.end();
    });
    return WatchClient.#of(message, message.statusCode ?? 0, message.headers, end);
  }

  static async http2(base: string, path: string): Promise<WatchClient> {
    const session = connect(base);
    const stream = session.request({ ':path': path });
    const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
      stream.on('response', resolve);
      stream.on('error', reject);
      stream.end();
    });
    return WatchClient.#of(stream, Number(headers[':status']), headers as IncomingHttpHeaders, () => {
      session.destroy();
    });
  }

  static async webSocket(url: string): Promise<WatchClient> {
    const socket = new WebSocket(url.replace('http', 'ws'));
    const client = new WatchClient(
      () => {
        socket.close();
      },
      () => {
        socket.pause();
      },
      () => {
        socket.resume();
      },
    );
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) throw new Error('a binary frame');
      client.#feed(data.toString('utf8'));
    });
    socket.on('close', () => {
      client.#finish();
    });
    await new Promise<void>((resolve, reject) => {
      socket.on('open', resolve);
      socket.on('error', reject);
    });
    return client;
  }

  static #of(stream: Readable, status: number, headers: IncomingHttpHeaders, close: () => void): WatchClient {
    const client = new WatchClient(
      close,
      () => stream.pause(),
      () => stream.resume(),
    );
    client.status = status;
    client.headers = headers;
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      client.#feed(text);
    });
    stream.on('error', () => undefined);
    stream.on('close', () => {
      client.#finish();
    });
    return client;
  }

  /** The next so many events, briefly. */
  async next(count: number): Promise<string[]> {
    while (this.lines.length < this.#taken + count && !this.ended) await this.#news();
    const lines = this.lines.slice(this.#taken, this.#taken + count);
    this.#taken += lines.length;
    return lines.map(brief);
  }

  /** What is left until the end. */
  async rest(): Promise<string[]> {
    while (!this.ended) await this.#news();
    const lines = this.lines.slice(this.#taken);
    this.#taken = this.lines.length;
    return lines.map(brief);
  }

  close(): void {
    this.#close();
  }

  pause(): void {
    this.#pause();
  }

  resume(): void {
    this.#resume();
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #feed(text: string): void {
    const parts = (this.#rest + text).split('\n');
    this.#rest = parts.pop() ?? '';
    for (const part of parts) this.lines.push(JSON.parse(part) as WatchLine);
    this.#wake();
  }

  #finish(): void {
    this.ended = true;
    this.tail = this.#rest;
    this.#wake();
  }
}
