/** Passes a request to switch protocols on, such as that of a WebSocket, and then the bytes of both sides. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Transform, type Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { badRequest, serviceUnavailable } from '../../meta/status.ts';
import type { NamespacedName } from '../../meta/object.ts';
import type { Exchange } from '../exchange.ts';
import { untilOver } from '../http/response-state.ts';
import type { ProxySubresource } from '../proxy-subresource.ts';
import { headersForClient } from './headers.ts';
import { answerOf, askMember, type Link } from './link.ts';
import { proxiedUrl } from './path.ts';
import { passAnswer, type ProxyTools } from './serve-proxy.ts';

/** An upgrade request and its connection. */
export interface UpgradeRequest {
  readonly request: IncomingMessage;
  /** Answers over HTTP as long as nothing is switched. */
  readonly response: ServerResponse;
  readonly socket: Duplex;
  /** What the client has sent already. */
  readonly head: Buffer;
}

/**
 * Serves one upgrade, until either side closes it.
 * @throws StatusError 400 for a malformed request; as serveProxy before anything is switched
 */
export async function serveProxyUpgrade(
  exchange: Exchange,
  subresource: ProxySubresource,
  name: NamespacedName,
  { clock, connections, ...client }: UpgradeRequest & ProxyTools,
): Promise<void> {
  const upgrade = protocolOf(client.request);
  const url = proxiedUrl(client.request.url ?? '/', exchange.info);
  const target = await subresource.connect(exchange, name);
  const shape = { hasBody: false, upgrade };
  const link = askMember(exchange, { target, url, shape, clock, agent: connections.single });
  try {
    link.asked.end();
    const answered = await answerOf(link, true);
    const { answer } = answered;
    if (!('switched' in answered)) {
      await passAnswer(exchange, answer, link, { target, url });
      await untilOver(client.response);
      return;
    }
    if (answer.headers.upgrade?.toLowerCase() !== upgrade.toLowerCase()) {
      throw serviceUnavailable(`${target.title} switched to another protocol than asked for`);
    }
    exchange.audit?.started(101);
    client.response.detachSocket(client.response.socket ?? client.request.socket);
    client.socket.write(switchingHead(answer, url.prefix, upgrade));
    await joined(client, { link, ...answered.switched }, exchange.signal);
  } finally {
    link.close();
  }
}

/** h2c and TLS would hide further requests from this server. @throws StatusError 400 */
function protocolOf({ method, headers }: IncomingMessage): string {
  const { upgrade = '', 'content-length': length = '0', 'transfer-encoding': coding } = headers;
  if (method !== 'GET') throw badRequest(`only GET can be upgraded, not ${method}`);
  if (!/^[\w.+-]+(\/[\w.+-]+)?$/.test(upgrade) || /^(h2c|tls|http)(\/|$)/i.test(upgrade)) {
    throw badRequest(`the protocol ${JSON.stringify(upgrade)} cannot be passed on`);
  }
  if (length !== '0' || coding !== undefined) throw badRequest('an upgrade request may have no body');
  return upgrade;
}

function switchingHead(answer: IncomingMessage, prefix: string, upgrade: string): string {
  const passed = Object.entries(headersForClient(answer.rawHeaders, prefix)).flatMap(([name, values]) =>
    [values].flat().map((value) => `${name}: ${value}`),
  );
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', `Upgrade: ${upgrade}`, ...passed];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

interface Switched {
  readonly link: Link;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Passes bytes both ways, no faster than they are read. Resolves when both sides are closed. */
async function joined(client: UpgradeRequest, member: Switched, signal: AbortSignal): Promise<void> {
  const { touch } = member.link;
  const end = (): void => {
    client.socket.destroy();
    member.socket.destroy();
  };
  // Both pipelines listen to both sockets, which have listeners of TLS and HTTP already.
  for (const socket of [client.socket, member.socket]) socket.setMaxListeners(30);
  if (member.head.length > 0) client.socket.write(member.head);
  if (client.head.length > 0) member.socket.write(client.head);
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  // That a side breaks off is an end like others: there is no answer to spoil.
  const passing = [
    pipeline(client.socket, touching(touch), member.socket),
    pipeline(member.socket, touching(touch), client.socket),
  ];
  await Promise.all(passing).catch(() => undefined);
  end();
  await Promise.allSettled(passing);
  signal.removeEventListener('abort', end);
}

function touching(touch: () => void): Transform {
  return new Transform({
    transform(chunk, _encoding, done) {
      touch();
      done(null, chunk);
    },
  });
}
