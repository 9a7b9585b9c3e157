/** Sends whole answers: common headers, compression, and the body. */
import type { OutgoingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip, gzip } from 'node:zlib';
import { inTurns, unhurried } from '../../runtime/turns.ts';
import type { BodyPart, Exchange } from '../exchange.ts';
import { audited, auditedParts } from './audited-body.ts';
import { cutShort, SlowClientError } from './cut-short.ts';
import { isOver } from './response-state.ts';
import { BodyWriter, slicesOf } from './body-writer.ts';
import { gzipStream } from './gzip-parts.ts';

interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** Pieces are sent in order; those of a large body are requested only as fast as the client reads. */
  readonly body: Buffer | Iterable<Buffer>;
  /** Bytes of all pieces, if known. */
  readonly length?: number;
  /** Identifies the body among equal ones: it is compressed only once. For bodies that exist as a whole. */
  readonly identity?: object;
  /** The same body in parts that other answers may have as well: each is compressed only once. */
  readonly parts?: Iterable<BodyPart>;
  /** Adds a line end, as kube-apiserver does after JSON that is not indented. */
  readonly lineEnd?: boolean;
  /** Override the common headers. */
  readonly headers?: OutgoingHttpHeaders;
}

/** Compressing smaller answers costs more than it saves. Source: k8s.io/apiserver writers.go. */
const gzipThreshold = 128 * 1024;
const gzipLevel = 1;
/** The bytes that wait for a client are counted in answers that have as many as this. */
const countedBytes = 16 * 1024;
const compress = promisify(gzip);

/**
 * Writes the status line and headers, with Audit-Id, Cache-Control and Warning; the caller writes the body. Does
 * nothing if an answer was already begun (a timed-out request has one).
 * @returns false if nothing may be written
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

/**
 * Sends a whole answer; to HEAD only its headers. A small one is sent at once. A large one is sent in pieces, no faster
 * than the client reads, and gives way to other work between them.
 * @throws what making a piece throws, or the signal's reason if the client does not take it all in time
 */
export async function sendBody(exchange: Exchange, given: Answer): Promise<void> {
  const answer = given.lineEnd === true ? withLineEnd(given) : given;
  const { body } = answer;
  if (Buffer.isBuffer(body)) {
    exchange.audit?.responseBody(body, answer.contentType);
    if (body.length < gzipThreshold) writeAnswer(exchange, answer, body);
    else await sendLarge(exchange, { identity: body, ...answer, body: slicesOf(body), length: body.length });
    return;
  }
  const { turns = unhurried } = exchange;
  const pieces = body[Symbol.iterator]();
  const first: Buffer[] = [];
  let length = 0;
  while (length < gzipThreshold) {
    if (turns.due()) await turns.next(exchange.signal);
    const next = pieces.next();
    if (next.done === true) {
      const whole = first.length === 1 && first[0] !== undefined ? first[0] : Buffer.concat(first, length);
      exchange.audit?.responseBody(whole, answer.contentType);
      writeAnswer(exchange, answer, whole);
      return;
    }
    first.push(next.value);
    length += next.value.length;
  }
  await sendLarge(exchange, { ...answer, body: audited(exchange.audit, answer.contentType, resumed(first, pieces)) });
}

const lineEnd = Buffer.from('\n');

function withLineEnd(unended: Answer): Answer {
  const answer = { ...unended, lineEnd: false };
  const { body, length } = answer;
  if (Buffer.isBuffer(body))
    return { identity: body, ...answer, body: Buffer.concat([body, lineEnd], body.length + 1) };
  const whole = { [Symbol.iterator]: () => ended(body) };
  return { ...answer, body: whole, ...(length === undefined ? {} : { length: length + 1 }) };
}

function* ended(pieces: Iterable<Buffer>): Generator<Buffer, void, undefined> {
  yield* pieces;
  yield lineEnd;
}

function writeAnswer(exchange: Exchange, answer: Answer, body: Buffer): void {
  if (!beginAnswer(exchange, answer.status, headersOf(answer, body.length))) return;
  exchange.answerBytes = body.length;
  if (exchange.request.method === 'HEAD') exchange.response.end();
  else if (body.length < countedBytes) exchange.response.end(body);
  else endCounted(exchange, body);
}

/** Nobody waits until such an answer is sent, so its bytes are counted until then. */
function endCounted({ response, unsent }: Exchange, body: Buffer): void {
  const stream = unsent?.follow(() => cutShort(response, new SlowClientError()));
  if (stream !== undefined) response.once('close', () => stream.end());
  response.end(body);
  stream?.waiting(body.length);
}

async function sendLarge(exchange: Exchange, answer: Answer & { readonly body: Iterable<Buffer> }): Promise<void> {
  const headers = { Vary: 'Accept-Encoding', ...answer.headers };
  if (!acceptsGzip(exchange.request.headers['accept-encoding'])) {
    await stream(exchange, { ...answer, headers });
    return;
  }
  const compressed = { ...answer, headers: { 'Content-Encoding': 'gzip', ...headers } };
  const { parts } = answer;
  if (parts !== undefined && exchange.compressor !== undefined) {
    const told = auditedParts(exchange.audit, answer.contentType, parts);
    await streamEncoded(exchange, compressed, gzipStream(told, exchange.compressor));
    return;
  }
  if (answer.identity === undefined) {
    await streamEncoded(exchange, compressed, zipped(exchange, answer.body));
    return;
  }
  const bytes = await compressOnce(exchange, answer.identity, answer.body);
  if (bytes.length < gzipThreshold) writeAnswer(exchange, compressed, bytes);
  else await stream(exchange, { ...compressed, body: slicesOf(bytes), length: bytes.length });
}

async function stream(exchange: Exchange, answer: Answer & { readonly body: Iterable<Buffer> }): Promise<void> {
  const { response, turns = unhurried } = exchange;
  if (!beginAnswer(exchange, answer.status, headersOf(answer, answer.length))) return;
  if (exchange.request.method === 'HEAD') {
    response.end();
    return;
  }
  const writer = new BodyWriter(exchange);
  for (const piece of answer.body) {
    await writer.writeAll(piece);
    if (turns.due()) await turns.next(exchange.signal);
  }
  writer.end();
}

/** Sends what `encoded` yields, no faster than the client reads. */
async function streamEncoded(exchange: Exchange, answer: Answer, encoded: AsyncIterable<Buffer>): Promise<void> {
  const { response, signal, turns = unhurried } = exchange;
  if (!beginAnswer(exchange, answer.status, headersOf(answer))) return;
  if (exchange.request.method === 'HEAD') {
    response.end();
    return;
  }
  const writer = new BodyWriter(exchange);
  for await (const piece of encoded) {
    signal.throwIfAborted();
    await writer.writeAll(piece);
    if (turns.due()) await turns.next(signal);
  }
  writer.end();
}

async function* zipped(
  { turns = unhurried, signal }: Exchange,
  body: Iterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  const zip = createGzip({ level: gzipLevel, chunkSize: 64 * 1024 });
  // An error in the pipeline reaches the reader.
  pipeline(inTurns(body, turns, signal), zip, { signal }).catch(() => undefined);
  try {
    yield* zip as AsyncIterable<Buffer>;
  } catch (error) {
    // Not Node's own AbortError: that the client left is no failure of this server.
    signal.throwIfAborted();
    throw error;
  }
}

function headersOf({ contentType, headers }: Answer, length?: number): OutgoingHttpHeaders {
  return {
    'Content-Type': contentType,
    ...(length === undefined ? {} : { 'Content-Length': length }),
    ...headers,
  };
}

/** A body that is sent repeatedly (a list between two changes) is compressed once. */
function compressOnce(exchange: Exchange, identity: object, pieces: Iterable<Buffer>): Promise<Buffer> {
  const { compressed } = exchange;
  const known = compressed?.get(identity);
  if (known !== undefined) return known;
  const made = compressAll(exchange, pieces);
  if (compressed === undefined) return made;
  compressed.set(identity, made);
  // After a failure (such as lack of memory, or this client leaving) the next request tries again.
  made.catch(() => compressed.delete(identity));
  return made;
}

async function compressAll({ turns = unhurried }: Exchange, pieces: Iterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  // Other requests may wait for it, so it does not end with this one.
  for await (const piece of inTurns(pieces, turns)) all.push(piece);
  return compress(Buffer.concat(all), { level: gzipLevel });
}

function* resumed(first: readonly Buffer[], rest: Iterator<Buffer>): Generator<Buffer, void, undefined> {
  yield* first;
  for (let next = rest.next(); next.done !== true; next = rest.next()) yield next.value;
}

/** RFC 9110 section 12.5.3, as far as it concerns gzip. */
function acceptsGzip(header: string | string[] | undefined): boolean {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text.split(',').some((clause) => {
    const [coding = '', ...parameters] = clause.split(';').map((part) => part.trim().toLowerCase());
    return (coding === 'gzip' || coding === '*') && !parameters.some((one) => /^q=0(\.0*)?$/.test(one));
  });
}
