/** Whole answers: headers every answer has, compression, and the bytes. */
import type { OutgoingHttpHeaders } from 'node:http';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Exchange } from './contract.ts';
import { isOver } from './response-state.ts';

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** Several buffers go out one after the other, uncopied. */
  readonly body: Buffer | readonly Buffer[];
  /** Override the headers that every answer has. */
  readonly headers?: OutgoingHttpHeaders;
}

/** Compressing smaller answers costs more than it saves. Source: k8s.io/apiserver writers.go. */
const gzipThreshold = 128 * 1024;
/** Below this one copy is cheaper than several writes. */
const joinBelow = 64 * 1024;
const compress = promisify(gzip);

/**
 * Status line and headers, Audit-Id, Cache-Control and Warning among them; the caller writes the body. Nothing where
 * an answer was begun already (a request that ran out of time has had one).
 * @returns false where there is nobody to write to
 */
export function beginAnswer(exchange: Exchange, status: number, headers: OutgoingHttpHeaders): boolean {
  const { response, warnings } = exchange;
  if (response.headersSent || isOver(response)) return false;
  const all: OutgoingHttpHeaders = {
    'Audit-Id': exchange.requestId,
    'Cache-Control': 'no-cache, private',
    ...headers,
  };
  if (warnings !== undefined && warnings.length > 0) all.Warning = [...warnings];
  response.writeHead(status, all);
  exchange.audit?.started(status);
  return true;
}

/** Sends a whole answer; to HEAD its headers alone. */
export async function sendBody(exchange: Exchange, answer: Answer): Promise<void> {
  const { body } = answer;
  exchange.audit?.responseBody(body, answer.contentType);
  const length = Buffer.isBuffer(body) ? body.length : totalLength(body);
  if (length < gzipThreshold) {
    writeAnswer(exchange, answer, body, length);
    return;
  }
  if (!acceptsGzip(exchange.request.headers['accept-encoding'])) {
    writeAnswer(exchange, { ...answer, headers: { Vary: 'Accept-Encoding', ...answer.headers } }, body, length);
    return;
  }
  const compressed = await compressOnce(exchange, body);
  const headers = { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding', ...answer.headers };
  writeAnswer(exchange, { ...answer, headers }, compressed, compressed.length);
}

function writeAnswer(exchange: Exchange, answer: Answer, body: Buffer | readonly Buffer[], length: number): void {
  const headers: OutgoingHttpHeaders = { 'Content-Type': answer.contentType, 'Content-Length': length };
  if (answer.headers !== undefined) Object.assign(headers, answer.headers);
  if (!beginAnswer(exchange, answer.status, headers)) return;
  exchange.answerBytes = length;
  const { response } = exchange;
  if (exchange.request.method === 'HEAD') {
    response.end();
  } else if (Buffer.isBuffer(body)) {
    response.end(body);
  } else if (length < joinBelow) {
    response.end(Buffer.concat(body, length));
  } else {
    const output: Writable = response;
    output.cork();
    for (const part of body) output.write(part);
    output.end();
  }
}

/** Bytes that are sent again and again (a list between two changes) are compressed once. */
function compressOnce(exchange: Exchange, body: Buffer | readonly Buffer[]): Promise<Buffer> {
  const known = exchange.compressed?.get(body);
  if (known !== undefined) return known;
  const bytes = Buffer.isBuffer(body) ? body : Buffer.concat(body);
  const made = compress(bytes, { level: 1 });
  const { compressed } = exchange;
  if (compressed === undefined) return made;
  compressed.set(body, made);
  // For want of memory, say: the next one asks again.
  made.catch(() => compressed.delete(body));
  return made;
}

function totalLength(parts: readonly Buffer[]): number {
  let total = 0;
  for (const part of parts) total += part.length;
  return total;
}

/** RFC 9110 section 12.5.3, as far as it concerns gzip. */
export function acceptsGzip(header: string | string[] | undefined): boolean {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text.split(',').some((clause) => {
    const [coding = '', ...parameters] = clause.split(';').map((part) => part.trim().toLowerCase());
    return (coding === 'gzip' || coding === '*') && !parameters.some((one) => /^q=0(\.0*)?$/.test(one));
  });
}
