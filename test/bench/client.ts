/** A client with HTTPS, persistent HTTP/1.1 connections and the client certificate of a kubeconfig. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { parse } from 'yaml';

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[];
  readonly users: readonly { readonly user: Readonly<Record<string, string>> }[];
}

export interface Credentials {
  readonly server: string;
  readonly ca: Buffer;
  /** Of the client; absent: it has none. */
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** @throws Error if the file is absent or a field is missing */
export function readKubeconfig(path: string): Credentials {
  const { clusters, users } = parse(readFileSync(path, 'utf8')) as Kubeconfig;
  const field = (record: Readonly<Record<string, string>> | undefined, name: string): string => {
    const value = record?.[name];
    if (value === undefined) throw new Error(`${path} has no ${name}`);
    return value;
  };
  const decoded = (record: Readonly<Record<string, string>> | undefined, name: string): Buffer => {
    const file = record?.[name];
    return file === undefined ? Buffer.from(field(record, `${name}-data`), 'base64') : readFileSync(file);
  };
  return {
    server: field(clusters[0]?.cluster, 'server'),
    ca: decoded(clusters[0]?.cluster, 'certificate-authority'),
    cert: decoded(users[0]?.user, 'client-certificate'),
    key: decoded(users[0]?.user, 'client-key'),
  };
}

export interface Answer {
  readonly status: number;
  /** The size of the whole body, which was read to its end. */
  readonly bytes: number;
  text(): string;
}

export interface Client {
  /** Reads the whole answer. @throws Error for any status other than 2xx */
  send(method: string, path: string, body?: object, contentType?: string): Promise<Answer>;
  /** Resolves when the answer begins. The caller reads the body. @throws Error for any status other than 200 */
  open(path: string, signal: AbortSignal): Promise<IncomingMessage>;
  close(): void;
}

const mergePatch = 'application/merge-patch+json';

export function createClient(credentials: Credentials, connections: number): Client {
  const { ca, cert, key } = credentials;
  const { hostname, port } = new URL(credentials.server);
  const agent = new Agent({ keepAlive: true, maxSockets: connections, ca, cert, key });

  function start(method: string, path: string, signal?: AbortSignal, payload?: Buffer, contentType?: string) {
    return new Promise<IncomingMessage>((resolve, reject) => {
      const headers = {
        accept: 'application/json',
        ...(payload ? { 'content-type': contentType, 'content-length': payload.length } : {}),
      };
      const options = { agent, hostname, port, method, path, headers, ...(signal ? { signal } : {}) };
      request(options, resolve).on('error', reject).end(payload);
    });
  }

  async function send(method: string, path: string, body?: object, contentType?: string): Promise<Answer> {
    const payload = body && Buffer.from(JSON.stringify(body));
    const type = contentType ?? (method === 'PATCH' ? mergePatch : 'application/json');
    const response = await start(method, path, undefined, payload, type);
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
    }
    const answer = { status: response.statusCode ?? 0, bytes, text: () => Buffer.concat(chunks).toString() };
    if (answer.status < 200 || answer.status > 299) {
      throw new Error(`${method} ${path}: ${answer.status} ${answer.text().slice(0, 500)}`);
    }
    return answer;
  }

  return {
    send,
    async open(path, signal) {
      const response = await start('GET', path, signal);
      if (response.statusCode === 200) return response;
      response.resume();
      throw new Error(`GET ${path}: ${response.statusCode ?? 0}`);
    },
    close: () => {
      agent.destroy();
    },
  };
}
