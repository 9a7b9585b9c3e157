/** Requests to kube-apiserver: plain JSON in and out, over connections that are kept open. */
import type { KubeConfig } from '@kubernetes/client-node';
import { serviceUnavailable, StatusError } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { pause } from '../../runtime/time-limit.ts';
import { noTracer, type Tracer } from '../../runtime/tracing.ts';
import { createCredentials, type Credentials } from './credentials.ts';
import { readBody, startCall, type HttpCall } from './http-call.ts';
import { responseError } from './response-error.ts';
import { warningTexts } from './warning-header.ts';
import { createTransportMetrics, type TransportMetrics } from './transport-metrics.ts';
import { abortError, createWatchdog, type Watchdog } from './watchdog.ts';

/** One request to kube-apiserver. */
export interface ApiRequest {
  readonly method: string;
  /** "/api/v1/namespaces/default/pods" */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Of the body; application/json where absent. */
  readonly contentType?: string;
  /**
   * For the whole of a request, retries included: 30 s where absent. For a stream the longest silence: 3 minutes where
   * absent.
   */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Sending it twice does what once does; where absent, that goes for all but POST. */
  readonly repeatable?: boolean;
  /** Of an answer that is no failure: called with the texts of its warnings, where there are any. */
  readonly warned?: (texts: readonly string[]) => void;
  /** Of a stream: called once the server has agreed to it. */
  readonly opened?: () => void;
}

/** Sends requests to kube-apiserver. */
export interface ApiTransport {
  /**
   * The decoded answer; undefined for an empty one. Waits and asks again where the server says so (Retry-After).
   * @throws StatusError as kube-apiserver answered (its Status kept); StatusError 503 ServiceUnavailable with its cause
   *   where it can't be reached or does not answer in time; the signal's reason once that has aborted
   */
  request<T>(request: ApiRequest): Promise<T>;
  /**
   * The newline-delimited JSON of a watch, until the server ends it or the signal aborts.
   * @throws StatusError as request() does, also for a stream that breaks off or goes silent
   */
  stream(request: ApiRequest): AsyncIterable<unknown>;
  /** Breaks off all that is under way. */
  close(): void;
}

const requestTimeoutMs = 30_000;
const headersTimeoutMs = 30_000;
/** A watch with bookmarks hears something every minute or so. */
const silenceMs = 180_000;
/** How often a busy server is asked, and the longest wait between. Source: client-go's rest/with_retry.go */
const maxAttempts = 5;
const longestRetryMs = 10_000;

interface TransportDependencies {
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Absent: requests are not traced. */
  readonly tracer?: Tracer;
}

/** @throws Error where the configuration names no cluster */
export function createTransport(config: KubeConfig, dependencies: TransportDependencies): ApiTransport {
  const { clock, metrics, tracer = noTracer } = dependencies;
  const credentials = createCredentials(config, clock);
  return new Transport(credentials, clock, createTransportMetrics(metrics, credentials.server.host), tracer);
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter: string | undefined;
  /** The header Warning, as it came. */
  readonly warning: string | undefined;
}

class Transport implements ApiTransport {
  readonly #credentials: Credentials;
  readonly #clock: Clock;
  readonly #metrics: TransportMetrics;
  readonly #tracer: Tracer;
  readonly #calls = new Set<HttpCall>();

  constructor(credentials: Credentials, clock: Clock, metrics: TransportMetrics, tracer: Tracer) {
    this.#credentials = credentials;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#tracer = tracer;
  }

  request<T>(request: ApiRequest): Promise<T> {
    const { method, path } = request;
    const about = { 'http.request.method': method, 'url.path': path };
    return this.#tracer.within(`HTTP ${method}`, about, () => this.#ask<T>(request), 'client');
  }

  async #ask<T>(request: ApiRequest): Promise<T> {
    const began = this.#clock.monotonic();
    const deadline = began + (request.timeoutMs ?? requestTimeoutMs);
    try {
      for (let attempt = 1; ; attempt += 1) {
        const answer = await this.#answer(request, deadline);
        const wait = retryDelayMs(answer.status, answer.retryAfter, attempt);
        if (wait === undefined || this.#clock.monotonic() + wait >= deadline) {
          const body = decoded(answer) as T;
          const texts = request.warned === undefined ? [] : warningTexts(answer.warning ?? '');
          if (texts.length > 0) request.warned?.(texts);
          return body;
        }
        await pause(this.#clock, wait, request.signal);
        request.signal?.throwIfAborted();
      }
    } catch (error) {
      throw this.#told(error, request.signal);
    } finally {
      this.#metrics.took(request.method, (this.#clock.monotonic() - began) / 1000);
    }
  }

  async *stream(request: ApiRequest): AsyncGenerator<unknown, void, undefined> {
    const isUnwanted = (): boolean => request.signal?.aborted === true;
    if (isUnwanted()) return;
    try {
      yield* this.#lines(await this.#call(request, true), request);
    } catch (error) {
      if (!isUnwanted()) throw this.#told(error, request.signal);
    }
  }

  close(): void {
    for (const call of this.#calls) call.destroy(new Error('the client is closed'));
    this.#credentials.close();
  }

  async *#lines(call: HttpCall, request: ApiRequest): AsyncGenerator<unknown, void, undefined> {
    const { timeoutMs = silenceMs } = request;
    const watch = createWatchdog(call, this.#clock, request.signal);
    try {
      watch.within(Math.min(headersTimeoutMs, timeoutMs));
      const response = await this.#response(call, request);
      watch.within(timeoutMs);
      const code = response.statusCode ?? 0;
      if (code >= 300) throw responseError(code, await readBody(response));
      request.opened?.();
      response.setEncoding('utf8');
      yield* jsonLines(overheard(response, watch));
    } finally {
      watch.end();
      call.destroy(new Error('the stream is no longer read'));
      this.#calls.delete(call);
    }
  }

  /** One answer, whatever its code; a connection that was closed meanwhile is replaced by a new one once. */
  async #answer(request: ApiRequest, deadline: number): Promise<Answer> {
    const call = await this.#call(request, false);
    try {
      return await this.#read(call, request, deadline);
    } catch (error) {
      const again = call.wasReused && isReset(error) && (request.repeatable ?? request.method !== 'POST');
      if (!again) throw error;
    } finally {
      this.#calls.delete(call);
    }
    const next = await this.#call(request, false);
    try {
      return await this.#read(next, request, deadline);
    } finally {
      this.#calls.delete(next);
    }
  }

  async #read(call: HttpCall, request: ApiRequest, deadline: number): Promise<Answer> {
    const watch = createWatchdog(call, this.#clock, request.signal);
    try {
      watch.within(Math.max(0, deadline - this.#clock.monotonic()));
      const response = await this.#response(call, request);
      const { 'retry-after': retryAfter, warning } = response.headers;
      return { status: response.statusCode ?? 0, retryAfter, warning, body: await readBody(response) };
    } finally {
      watch.end();
    }
  }

  async #call(request: ApiRequest, isStream: boolean): Promise<HttpCall> {
    const { method, path, query = {}, body, contentType, signal } = request;
    signal?.throwIfAborted();
    const connection = await this.#credentials.current();
    const url = new URL(path.replace(/^\//, ''), withSlash(this.#credentials.server));
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const call = startCall(
      {
        ...{ url, method },
        headers: {
          // The keys of service account tokens are of a type of their own.
          Accept: 'application/json, */*',
          // Streams belong to nobody's request, and take no gzip.
          ...(isStream ? {} : { 'Accept-Encoding': 'gzip', ...this.#tracer.headers() }),
          'User-Agent': 'kubedirector',
          ...(body === undefined ? {} : { 'Content-Type': contentType ?? 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      },
      connection,
    );
    this.#calls.add(call);
    return call;
  }

  async #response(call: HttpCall, { method }: ApiRequest) {
    try {
      const response = await call.response;
      this.#metrics.answered(response.statusCode ?? 0, method);
      return response;
    } catch (error) {
      this.#metrics.answered('<error>', method);
      throw error;
    }
  }

  #told(error: unknown, signal: AbortSignal | undefined): Error {
    if (signal?.aborted === true) return abortError(signal);
    if (error instanceof StatusError) return error;
    const why = error instanceof Error ? error.message : String(error);
    return serviceUnavailable(`kube-apiserver at ${this.#credentials.server.host} cannot be reached: ${why}`, {
      cause: error,
    });
  }
}

async function* overheard(chunks: AsyncIterable<string>, watch: Watchdog): AsyncGenerator<string, void, undefined> {
  for await (const chunk of chunks) {
    watch.heard();
    yield chunk;
  }
}

function decoded({ status, body }: Answer): unknown {
  if (status >= 300 || status < 200) throw responseError(status, body);
  return body === '' ? undefined : JSON.parse(body);
}

function isReset(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNRESET' || code === 'EPIPE';
}

/** The server's URL may have a path of its own, below which everything is. */
function withSlash(server: URL): string {
  return server.href.endsWith('/') ? server.href : `${server.href}/`;
}

/**
 * Milliseconds to wait before the next attempt, where the answer asks for one (429 or 5xx with Retry-After); undefined
 * where it does not, or after the last attempt.
 * @param attempt counts from 1
 */
function retryDelayMs(status: number, retryAfter: string | undefined, attempt: number): number | undefined {
  const isBusy = status === 429 || status >= 500;
  if (!isBusy || attempt >= maxAttempts || retryAfter === undefined || !/^\d+$/.test(retryAfter)) return undefined;
  return Math.min(Number(retryAfter) * 1000, longestRetryMs);
}

/**
 * Decodes newline-delimited JSON: each line's value, as soon as the line is complete.
 * @throws SyntaxError for a line that is no JSON, also the last, unfinished one; whatever the chunks throw
 */
async function* jsonLines(chunks: AsyncIterable<string>): AsyncGenerator<unknown, void, undefined> {
  // Of the line that is not complete yet; joined only once, as one object may come in many pieces.
  let pieces: string[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', start)) {
      const line = [...pieces, chunk.slice(start, end)].join('');
      pieces = [];
      start = end + 1;
      if (line.trim() !== '') yield JSON.parse(line);
    }
    if (start < chunk.length) pieces.push(chunk.slice(start));
  }
  const last = pieces.join('');
  if (last.trim() !== '') yield JSON.parse(last);
}
