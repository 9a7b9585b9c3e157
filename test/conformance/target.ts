/** A client of one API server, with a kubeconfig. */
import { readFileSync } from 'node:fs';
import { request as httpsRequest, Agent, type RequestOptions } from 'node:https';
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The decoded JSON body; undefined if it is not JSON. */
  readonly body: unknown;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a string unchanged. */
  readonly body?: unknown;
  /** Stops reading after this number of milliseconds, for watches. */
  readonly readForMs?: number;
  /** Called when the status and the headers have arrived. */
  readonly onHead?: () => void;
}

export interface Target {
  ask(path: string, options?: Ask): Promise<Answer>;
  close(): void;
}

interface Kubeconfig {
  clusters: { cluster: { server: string } & Record<string, string | undefined> }[];
  users: { user: Record<string, string | undefined> }[];
}

/** A client for the first cluster and the first user of the file, with a client certificate. */
export function targetOf(kubeconfigFile: string): Target {
  const config = parse(readFileSync(kubeconfigFile, 'utf8')) as Kubeconfig;
  const cluster = config.clusters[0]!.cluster;
  const user = config.users[0]!.user;
  const material = (from: Record<string, string | undefined>, key: string): Buffer => {
    const data = from[`${key}-data`];
    return data === undefined ? readFileSync(from[key] ?? '') : Buffer.from(data, 'base64');
  };
  const agent = new Agent({
    keepAlive: true,
    ca: material(cluster, 'certificate-authority'),
    cert: material(user, 'client-certificate'),
    key: material(user, 'client-key'),
  });
  return {
    ask: (path, options = {}) => ask(agent, cluster.server, path, options),
    close: () => {
      agent.destroy();
    },
  };
}

function ask(agent: Agent, server: string, path: string, options: Ask): Promise<Answer> {
  const payload =
    options.body === undefined || typeof options.body === 'string' ? options.body : JSON.stringify(options.body);
  const { hostname, port } = new URL(server);
  const request: RequestOptions = {
    agent,
    hostname,
    port,
    path,
    method: options.method ?? 'GET',
    headers: {
      ...(payload === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
      ...options.headers,
    },
  };
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(request, (response) => {
      options.onHead?.();
      const chunks: Buffer[] = [];
      const done = (): void => {
        const received = Buffer.concat(chunks);
        const isGzip = response.headers['content-encoding'] === 'gzip';
        const text = (isGzip ? gunzipSync(received) : received).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: decode(text) });
      };
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', done);
      response.on('error', reject);
      if (options.readForMs !== undefined) {
        setTimeout(() => {
          done();
          outgoing.destroy();
        }, options.readForMs);
      }
    });
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}

function decode(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
