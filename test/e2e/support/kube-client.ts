/** Requests to kube-apiserver as a service account, as libraries and browsers send them. */
import { once } from 'node:events';
import { connect, type ClientHttp2Session } from 'node:http2';
import { Agent, request as httpsRequest } from 'node:https';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { Cluster } from './cluster.ts';

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface KubeClient {
  /** The answer, whole. Over HTTP/1.1. @throws Error if it is cut off */
  ask(path: string, sent?: Sent): Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }>;
  /** The answer as it comes; the caller reads it to its end, or destroys it. */
  open(path: string, sent?: Sent): Promise<IncomingMessage>;
  /** A request whose body the caller writes. */
  begin(method: string, path: string): ClientRequest;
  /** One connection over HTTP/2, which `close` ends. */
  http2(): ClientHttp2Session;
  /** Headers that say who asks. */
  readonly proof: Readonly<Record<string, string>>;
  /** Resolves once it is open. @throws Error with the status of an answer that refuses it */
  webSocket(path: string, protocols?: readonly string[]): Promise<WebSocket>;
  /** Switches to any protocol. @throws Error with the status of an answer that refuses it */
  upgrade(path: string, protocol: string): Promise<Duplex>;
  close(): void;
}

interface View {
  readonly clusters: readonly [{ readonly cluster: { server: string; 'certificate-authority-data'?: string } }];
}

export async function kubeClient(cluster: Cluster, token: string): Promise<KubeClient> {
  const view = JSON.parse(await cluster.ok('config', 'view', '--raw', '--minify', '--flatten', '-o', 'json')) as View;
  const { server, 'certificate-authority-data': authority = '' } = view.clusters[0].cluster;
  const ca = Buffer.from(authority, 'base64');
  const agent = new Agent({ ca });
  const proof = { authorization: `Bearer ${token}` };
  const sessions: ClientHttp2Session[] = [];
  const begin = (method: string, path: string, headers: Sent['headers'] = {}): ClientRequest =>
    httpsRequest(new URL(path, server), { method, agent, headers: { ...headers, ...proof } });
  const open = async (path: string, { method = 'GET', headers, body }: Sent = {}): Promise<IncomingMessage> => {
    const [answer] = (await once(begin(method, path, headers).end(body), 'response')) as [IncomingMessage];
    return answer;
  };
  return {
    open,
    begin,
    proof,
    async ask(path, sent) {
      const answer = await open(path, sent);
      const chunks: Buffer[] = [];
      for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
      return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) };
    },
    http2() {
      const session = connect(server, { ca });
      sessions.push(session);
      return session;
    },
    webSocket: (path, protocols = []) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`${server.replace('https:', 'wss:')}${path}`, [...protocols], {
          ca,
          headers: proof,
          perMessageDeflate: false,
        });
        socket.once('open', () => resolve(socket)).on('error', reject);
      }),
    async upgrade(path, protocol) {
      const sent = begin('GET', path, { connection: 'Upgrade', upgrade: protocol });
      const answered = new Promise<Duplex>((resolve, reject) => {
        sent.once('upgrade', (_, socket) => resolve(socket)).once('error', reject);
        sent.once('response', ({ statusCode }) => reject(new Error(`answered with ${statusCode ?? 0}`)));
      });
      sent.end();
      return answered;
    },
    close() {
      for (const session of sessions) session.destroy();
      agent.destroy();
    },
  };
}
