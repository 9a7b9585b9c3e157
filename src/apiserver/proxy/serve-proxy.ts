/** Passes a request on to the server behind an object, and its answer back. Nothing is kept of either body. */
import type { Agent, IncomingMessage } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { badRequest, StatusError } from '../../meta/status.ts';
import type { NamespacedName } from '../../meta/object.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Exchange, Request } from '../exchange.ts';
import { BodyWriter } from '../http/body-writer.ts';
import { beginAnswer } from '../http/send.ts';
import type { ProxySubresource, ProxyTarget } from '../proxy-subresource.ts';
import { isAggregated, unreadType } from './aggregated.ts';
import { headersForClient, type HeaderMap } from './headers.ts';
import type { ServerConnections } from './connections.ts';
import { answerOf, askMember, wasStale, type Link } from './link.ts';
import { leadingPage, locationForClient } from './location.ts';
import { proxiedUrl, type ProxiedUrl } from './path.ts';

/** What proxies need from the server. */
export interface ProxyTools {
  readonly clock: Clock;
  readonly connections: ServerConnections;
}

/**
 * Serves one request with any method.
 * @throws StatusError 400, 404, 502, 503 or 504 before the answer is begun; later the answer is cut off
 */
export async function serveProxy(
  exchange: Exchange,
  subresource: ProxySubresource,
  name: NamespacedName,
  tools: ProxyTools,
): Promise<void> {
  const { request } = exchange;
  const url = proxiedUrl(request.url ?? '/', exchange.info);
  const hasBody = bodyFollows(request);
  const target = await subresource.connect(exchange, name);
  if (url.path === '' && isRead(request)) {
    sendRedirect(exchange, 302, `${url.prefix}${target.home}${url.query}`, {});
    return;
  }
  const mayRepeat = isRead(request) && !hasBody;
  const asking = { ...tools, target, url, hasBody };
  if (mayRepeat && (await exchanged(exchange, asking, tools.connections.kept)) === 'stale')
    await exchanged(exchange, asking, tools.connections.single);
  if (!mayRepeat) await exchanged(exchange, asking, tools.connections.single);
}

interface Asking {
  readonly clock: Clock;
  readonly target: ProxyTarget;
  readonly url: ProxiedUrl;
  readonly hasBody: boolean;
}

/** @returns 'stale' if the connection had ended before, and nothing was answered */
async function exchanged(exchange: Exchange, asking: Asking, agent: Agent): Promise<'stale' | undefined> {
  const { request, signal } = exchange;
  const { hasBody, target, url } = asking;
  const link = askMember(exchange, { ...asking, shape: { hasBody }, agent });
  try {
    const { asked } = link;
    if (hasBody) sendOn(request, link).catch((error: unknown) => asked.destroy(error as Error));
    else asked.end();
    const answered = await answerOf(link, false).catch((error: unknown) => {
      if (wasStale(link, error, signal)) return undefined;
      throw error;
    });
    if (answered === undefined) return 'stale';
    await passAnswer(exchange, answered.answer, link, { target, url });
    return undefined;
  } finally {
    link.close();
  }
}

const isRead = ({ method }: Request): boolean => method === 'GET' || method === 'HEAD';

/** @throws StatusError 400 for a coding that only the client and this server could have agreed on */
function bodyFollows(request: Request): boolean {
  if ('stream' in request) return !request.stream.endAfterHeaders;
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    throw badRequest(`the Transfer-Encoding ${JSON.stringify(coding)} cannot be passed on`);
  }
  return coding !== undefined || (length !== undefined && length !== '0');
}

/** Writes the request's body no faster than the member reads. The request stays open if the member does not take it. */
async function sendOn(body: Readable, { asked: sink, touch }: Link): Promise<void> {
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    touch();
    if (sink.destroyed) return;
    if (!sink.write(chunk)) await drained(sink);
  }
  sink.end();
}

function drained(sink: Writable): Promise<void> {
  if (sink.destroyed || sink.closed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      sink.off('drain', done).off('close', done);
      resolve();
    };
    sink.on('drain', done).on('close', done);
  });
}

/** Passes a member's answer on. @throws StatusError 502 for a redirect that leads elsewhere, 503 if it is cut off */
export async function passAnswer(
  exchange: Exchange,
  answer: IncomingMessage,
  link: Link,
  { target, url }: { readonly target: ProxyTarget; readonly url: ProxiedUrl },
): Promise<void> {
  const { statusCode: status = 502, headers: given } = answer;
  const headers = headersForClient(answer.rawHeaders, url.prefix);
  const { 'content-type': type } = given;
  if (isAggregated(exchange.request) && type !== undefined) headers['content-type'] = unreadType(type);
  if (given.location !== undefined) {
    const location = locationForClient(given.location, target, url);
    if (status >= 300 && status < 400) {
      if (location === undefined) throw leadsElsewhere(target);
      sendRedirect(exchange, status, location, headers);
      return;
    }
    if (location !== undefined) headers['Location'] = location;
  }
  if (!beginAnswer(exchange, status, headers)) return;
  await passBody(exchange, answer, link);
}

async function passBody(exchange: Exchange, answer: IncomingMessage, link: Link): Promise<void> {
  const { response } = exchange;
  // HTTP/2 sends headers at once. HTTP/1.1 would wait for the first bytes, which may take long.
  if ('flushHeaders' in response) response.flushHeaders();
  const writer = new BodyWriter(exchange);
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      link.touch();
      await writer.writeAll(chunk);
    }
  } catch (error) {
    throw link.failure(error);
  }
  writer.end();
}

function leadsElsewhere({ title }: ProxyTarget): StatusError {
  return new StatusError(502, '', `${title} redirects to another host, which is not passed on`);
}

/**
 * Answers with a redirect. Through the aggregation layer, only GET and HEAD can be redirected, by a page that leads on.
 * @throws StatusError 502 for another method there
 */
function sendRedirect(exchange: Exchange, status: number, location: string, given: HeaderMap): void {
  const { request, response } = exchange;
  const framing = /^(content-|etag$|last-modified$)/;
  const headers = Object.fromEntries(Object.entries(given).filter(([name]) => !framing.test(name)));
  if (!isAggregated(request)) {
    if (beginAnswer(exchange, status, { ...headers, Location: location, 'Content-Length': '0' })) response.end();
    return;
  }
  // Clients repeat the request with its method and body.
  if (!isRead(request) && status >= 307) {
    throw new StatusError(
      502,
      '',
      `redirects of ${request.method} (${status}) cannot be passed through kube-apiserver`,
    );
  }
  const page = Buffer.from(leadingPage(location));
  const html = { 'Content-Type': unreadType('text/html; charset=utf-8'), 'Content-Length': page.length };
  if (!beginAnswer(exchange, status, { ...headers, ...html, Refresh: `0; url=${location}` })) return;
  if (request.method === 'HEAD') response.end();
  else response.end(page);
}
