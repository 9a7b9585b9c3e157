/** Calls to admission webhooks, wherever their configuration says they are. Source: k8s.io/apiserver/pkg/util/webhook */
import { LRUCache } from 'lru-cache';
import { Agent } from 'node:https';
import type { WebhookClientConfig } from '../../apis/kubernetes/types.ts';
import type { Clock } from '../../runtime/clock.ts';
import { noTracer, type Tracer } from '../../runtime/tracing.ts';
import type { WebhookCaller, WebhookLimits } from '../contract.ts';
import { readBody, startCall, type HttpCall } from './http-call.ts';
import { abortError } from './watchdog.ts';
import type { ServiceResolver } from './service-resolver.ts';
import { callFailure, webhookResponseError } from './webhook-errors.ts';

/** A webhook's answer holds at most a patch of one object. */
const maxAnswerBytes = 8 * 1024 * 1024;
/** Connections to one webhook: further calls wait for one of them. */
const maxSockets = 64;
const maxIdleSockets = 8;
/** Shorter than what servers commonly keep idle connections for. */
const idleMs = 30_000;
/** How many webhooks keep their connections; beyond it, those of the least recently called one are ended. */
const maxAgents = 64;

interface WebhookCallerOptions {
  readonly resolve: ServiceResolver;
  readonly clock: Clock;
  /** Absent: webhooks are not told what is traced. */
  readonly tracer?: Tracer;
}

/** Keeps connections to webhooks open between calls. */
export function createWebhookCaller(options: WebhookCallerOptions): WebhookCaller {
  return new AgentCaller(options);
}

/** Where a webhook is, and what its certificate has to be good for. */
interface Place {
  readonly url: URL;
  readonly host: string;
  readonly servername?: string;
}

class AgentCaller implements WebhookCaller {
  readonly #options: WebhookCallerOptions;
  readonly #agents = new LRUCache<string, Agent>({ max: maxAgents, dispose: endIdle });

  constructor(options: WebhookCallerOptions) {
    this.#options = options;
  }

  async call(target: WebhookClientConfig, document: object, { timeoutMs, signal }: WebhookLimits): Promise<unknown> {
    const named = namedUrl(target);
    named.searchParams.set('timeout', `${Math.ceil(timeoutMs / 1000)}s`);
    const limit = new AbortController();
    const abort = (): void => {
      limit.abort(abortError(signal));
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    const cancel = this.#options.clock.after(timeoutMs, () => {
      limit.abort(new Error('context deadline exceeded'));
    });
    try {
      const place = await unlessAborted(this.#place(target, named), limit.signal);
      return parsed(await this.#post(place, target.caBundle, JSON.stringify(document), limit.signal));
    } catch (error) {
      throw signal.aborted ? abortError(signal) : callFailure(named, error);
    } finally {
      cancel();
      signal.removeEventListener('abort', abort);
    }
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  async #place({ service }: WebhookClientConfig, named: URL): Promise<Place> {
    if (service === undefined) return { url: named, host: named.host };
    const { namespace, name, port = 443 } = service;
    const { host, port: number } = await this.#options.resolve({ namespace, name }, port);
    const url = new URL(named);
    url.host = `${host.includes(':') ? `[${host}]` : host}:${number}`;
    return { url, host: `${named.hostname}:${port}`, servername: named.hostname };
  }

  /** A connection that was closed while it was idle is replaced by a new one, once. */
  async #post(place: Place, caBundle: string | undefined, body: string, signal: AbortSignal): Promise<string> {
    for (let isFirst = true; ; isFirst = false) {
      signal.throwIfAborted();
      const call = startCall(
        {
          ...{ url: place.url, method: 'POST', body },
          headers: {
            Host: place.host,
            Accept: 'application/json, */*',
            'Content-Type': 'application/json',
            'User-Agent': 'kubedirector',
            ...(this.#options.tracer ?? noTracer).headers(),
          },
        },
        { agent: this.#agent(place, caBundle), headers: {} },
      );
      try {
        return await answerOf(call, signal);
      } catch (error) {
        if (!isFirst || !call.wasReused || !isReset(error)) throw error;
      }
    }
  }

  #agent({ servername }: Place, caBundle: string | undefined): Agent {
    const key = JSON.stringify([servername, caBundle]);
    let agent = this.#agents.get(key);
    if (agent === undefined) this.#agents.set(key, (agent = makeAgent(servername, caBundle)));
    return agent;
  }
}

/** Requests under way on the agent go on; only its idle connections are ended. */
function endIdle(agent: Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

/** @throws StatusError for an answer that is none of 2xx, the signal's reason */
async function answerOf(call: HttpCall, signal: AbortSignal): Promise<string> {
  const abort = (): void => {
    call.destroy(abortError(signal));
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    const response = await call.response;
    const body = await readBody(response, maxAnswerBytes);
    const code = response.statusCode ?? 0;
    if (code < 200 || code >= 300) throw webhookResponseError(code, body, response.headers['content-type']);
    return body;
  } catch (error) {
    call.destroy(new Error('the answer is no longer read'));
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** What is waited for goes on by itself. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(abortError(signal));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
    promise.catch(() => undefined);
  }
}

/** Without a caBundle, whom Node.js trusts. */
function makeAgent(servername: string | undefined, caBundle: string | undefined): Agent {
  return new Agent({
    keepAlive: true,
    maxSockets,
    maxFreeSockets: maxIdleSockets,
    timeout: idleMs,
    ...(servername === undefined ? {} : { servername }),
    ...(caBundle === undefined || caBundle === '' ? {} : { ca: Buffer.from(caBundle, 'base64') }),
  });
}

/** As kube-apiserver speaks of it. @throws Error where the configuration names none */
function namedUrl({ url, service }: WebhookClientConfig): URL {
  if (service !== undefined) {
    const { namespace, name, path = '/', port = 443 } = service;
    return new URL(`https://${name}.${namespace}.svc:${port}${path.startsWith('/') ? path : `/${path}`}`);
  }
  if (url === undefined || url === '') throw new Error('webhook configuration must have either service or URL');
  const parsedUrl = new URL(url);
  if (parsedUrl.protocol !== 'https:') throw new Error(`the URL of a webhook must begin with https://, not ${url}`);
  return parsedUrl;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`couldn't get version/kind; json parse error: ${why}`, { cause });
  }
}

function isReset(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}
