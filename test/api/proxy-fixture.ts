/** An API server with proxies to a real HTTP server on loopback. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { duplexPair, type Duplex } from 'node:stream';
import type { ProxySubresource } from '../../src/apiserver/proxy-subresource.ts';
import { createClientCertificateAuthenticator } from '../../src/auth/index.ts';
import { serviceUnavailable } from '../../src/meta/status.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { Api, widgetsPath, type ApiOptions } from '../support/api.ts';
import { createAuthority, type Authority, type Pair } from '../support/certificates.ts';

export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

export interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Whose certificate is shown; absent: the administrator's. */
  readonly as?: Pair;
}

type MemberHandler = (request: IncomingMessage, response: ServerResponse) => void;

export const proxy = `${widgetsPath}/a/proxy`;

/** Both servers, and clients of them. */
export class ProxyLab {
  /** What the member does; a test sets it. */
  onRequest: MemberHandler = (_, response) => response.end('hello');
  readonly member: Server = createServer({ keepAlive: true }, (request, response) => this.onRequest(request, response));
  api!: Api;
  /** Whether connections to the member are streams in the process. */
  isSimulated = false;
  port = 0;
  ca!: Authority;
  admin!: Pair;
  readonly #sessions: ClientHttp2Session[] = [];

  async start(options: ApiOptions = {}): Promise<void> {
    await new Promise<void>((resolve) => this.member.listen(0, '127.0.0.1', resolve));
    this.ca = await createAuthority();
    this.admin = await this.ca.issue('CN=admin,O=system:masters');
    const certificates = createClientCertificateAuthenticator({ authorities: this.ca.cert, clock: systemClock });
    this.api = await Api.started({
      authenticators: [certificates],
      subresources: { proxy: this.#subresource() },
      ...options,
    });
    const credentials = await this.ca.issue('CN=localhost', { usage: 'serverAuth' });
    ({ port: this.port } = await this.api.server.listen({ host: '127.0.0.1', port: 0, credentials }));
  }

  async stop(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    await this.api.server.stop(200);
    await this.api.stop();
    this.member.closeAllConnections();
    await new Promise((resolve) => this.member.close(resolve));
  }

  get memberPort(): number {
    return (this.member.address() as AddressInfo).port;
  }

  #subresource(): ProxySubresource {
    return {
      type: 'proxy',
      connect: () =>
        Promise.resolve({
          title: 'member "a"',
          scheme: 'http',
          server: 'a',
          host: `a.default.svc:${this.memberPort}`,
          home: '/lab',
          authorization: 'token secret-of-a',
          open: () => {
            if (this.isSimulated) return Promise.resolve(this.#stream());
            return new Promise((resolve, reject) => {
              const socket = connect(this.memberPort, '127.0.0.1', () => resolve(socket));
              socket.once('error', () => reject(serviceUnavailable('nobody answers at member "a"')));
            });
          },
        }),
    };
  }

  /** To the member as in the playground, where nothing listens on the network. */
  #stream(): Duplex {
    const [ours, theirs] = duplexPair();
    this.member.emit('connection', theirs);
    return ours;
  }

  /** Over HTTP/1.1. The path is sent as it is. */
  ask(path: string, { method = 'GET', headers = {}, body, as = this.admin }: Sent = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const tls = { host: '127.0.0.1', port: this.port, ca: this.ca.cert, ...as, agent: false };
      const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
      const sent = httpsRequest({ ...tls, method, path, headers: { ...length, ...headers } }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  session(): ClientHttp2Session {
    const session = connectHttp2(`https://127.0.0.1:${this.port}`, { ca: this.ca.cert, ...this.admin });
    session.on('error', () => undefined);
    this.#sessions.push(session);
    return session;
  }

  /** Over HTTP/2. */
  askHttp2(path: string, { method = 'GET', headers = {}, body }: Sent = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const stream = this.session().request({ ':method': method, ':path': path, ...headers }, { endStream: false });
      let text = '';
      let status = 0;
      let given: Answer['headers'] = {};
      stream.setEncoding('utf8');
      stream.on('response', (all) => {
        status = all[':status'] ?? 0;
        given = all;
      });
      stream.on('data', (chunk: string) => (text += chunk));
      stream.on('error', reject);
      stream.on('end', () => resolve({ status, headers: given, text }));
      stream.end(body);
    });
  }
}

/** What the member got, as text. */
export function bodyOfRequest(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (text += chunk));
    request.on('end', () => resolve(text));
    request.on('error', reject);
  });
}
