/** The part of a kube-apiserver that lists and watches, and that can fail in the ways that clients must handle. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import type { KubeObject, ObjectMeta, Stored } from '../../src/meta/object.ts';
import type { Pair } from './certificates.ts';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Undefined: it answers as a real server. 'cut': it closes the connection; 'hang': it never answers. */
export type Interference = (request: Received) => Answer | 'cut' | 'hang' | undefined;

interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Stored<KubeObject>;
  readonly version: number;
}

interface Watcher {
  readonly response: ServerResponse;
  readonly request: Received;
}

export class FakeApiServer {
  readonly received: Received[] = [];
  readonly sockets = new Set<Socket>();
  connections = 0;
  interfere: Interference = () => undefined;
  pageSize = Number.POSITIVE_INFINITY;
  /** How it reports that a watch begins at too old a version. */
  expiry: 'event' | 'http' = 'event';
  #objects = new Map<string, Stored<KubeObject>>();
  #history: Change[] = [];
  #watchers = new Set<Watcher>();
  #version = 100;
  #oldest = 0;
  readonly #server: ReturnType<typeof createServer>;
  readonly #scheme: 'http' | 'https';

  private constructor(serving: Pair | undefined) {
    const listener = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    this.#scheme = serving === undefined ? 'http' : 'https';
    this.#server = serving === undefined ? createServer(listener) : createTlsServer({ ...serving }, listener);
  }

  /** @param serving its certificate; without one it speaks plain HTTP */
  static async start(serving?: Pair): Promise<FakeApiServer> {
    const fake = new FakeApiServer(serving);
    fake.#server.on('connection', (socket) => {
      fake.connections += 1;
      fake.sockets.add(socket);
      socket.on('close', () => fake.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#scheme}://127.0.0.1:${port}`;
  }

  get config(): KubeConfig {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: 'fake', server: this.url, skipTLSVerify: true },
      { name: 'someone', token: 'secret' },
    );
    return config;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Adds the object, or changes the one of that name. */
  put(
    type: { apiVersion: string; kind: string },
    metadata: ObjectMeta & { name: string },
    content: object = {},
  ): Stored<KubeObject> {
    const key = keyOf(type.kind, metadata.namespace, metadata.name);
    const old = this.#objects.get(key);
    this.#version += 1;
    const object: Stored<KubeObject> = {
      ...type,
      ...content,
      metadata: {
        uid: old?.metadata.uid ?? `uid-${this.#version}`,
        creationTimestamp: '2026-01-01T00:00:00Z',
        managedFields: [{ manager: 'someone' }],
        ...metadata,
        resourceVersion: String(this.#version),
      },
    };
    this.#objects.set(key, object);
    this.#tell({ type: old ? 'MODIFIED' : 'ADDED', object, version: this.#version });
    return object;
  }

  remove(kind: string, namespace: string, name: string): void {
    const old = this.#objects.get(keyOf(kind, namespace, name));
    if (!old) throw new Error(`there is no ${kind} ${name}`);
    this.#version += 1;
    this.#objects.delete(keyOf(kind, namespace, name));
    const object = { ...old, metadata: { ...old.metadata, resourceVersion: String(this.#version) } };
    this.#tell({ type: 'DELETED', object, version: this.#version });
  }

  bookmark(): void {
    this.#version += 1;
    for (const { response } of this.#watchers) {
      send(response, { type: 'BOOKMARK', object: { metadata: { resourceVersion: String(this.#version) } } });
    }
  }

  get version(): string {
    return String(this.#version);
  }

  /** Forgets earlier changes, so that no watch can begin there. */
  compact(): void {
    this.#version += 1;
    this.#oldest = this.#version;
    this.#history = [];
  }

  get watches(): number {
    return this.#watchers.size;
  }

  endWatches(): void {
    for (const { response } of this.#watchers) response.end();
  }

  cutWatches(): void {
    for (const { response } of this.#watchers) response.destroy();
  }

  requests(method: string, query: Readonly<Record<string, string>> = {}): Received[] {
    return this.received.filter(
      (one) => one.method === method && Object.entries(query).every(([name, value]) => one.query[name] === value),
    );
  }

  get lists(): Received[] {
    return this.received.filter(({ method, query, path }) => method === 'GET' && !query.watch && !isNamed(path));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '', 'http://fake');
    const request: Received = {
      method: incoming.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: incoming.headers,
      body: await bodyOf(incoming),
    };
    this.received.push(request);
    const answer = this.interfere(request);
    if (answer === 'cut') incoming.socket.destroy();
    else if (answer === undefined) this.#answer(request, response);
    else if (answer !== 'hang') {
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {}));
    }
  }

  #answer(request: Received, response: ServerResponse): void {
    if (request.query.watch === 'true') this.#watch(request, response);
    else if (isNamed(request.path)) this.#get(request, response);
    else this.#list(request, response);
  }

  #get({ path }: Received, response: ServerResponse): void {
    const object = [...this.#objects.values()].find((one) => selfLink(one) === path);
    if (object) response.end(JSON.stringify(object));
    else response.writeHead(404).end(JSON.stringify(failure(404, 'NotFound', 'not found')));
  }

  #list(request: Received, response: ServerResponse): void {
    const all = [...this.#objects.values()].filter((object) => selects(request, object));
    const from = Number(request.query.continue ?? 0);
    const to = Math.min(from + this.pageSize, all.length);
    // Items of lists have no type.
    const items = all.slice(from, to).map((object) => ({ ...object, apiVersion: undefined, kind: undefined }));
    const metadata = { resourceVersion: String(this.#version), ...(to < all.length ? { continue: String(to) } : {}) };
    response.end(JSON.stringify({ kind: 'List', apiVersion: 'v1', metadata, items }));
  }

  #watch(request: Received, response: ServerResponse): void {
    const after = Number(request.query.resourceVersion);
    const expired = failure(410, 'Expired', `too old resource version: ${after} (${this.#oldest})`);
    if (after < this.#oldest && this.expiry === 'http') {
      response.writeHead(410).end(JSON.stringify(expired));
      return;
    }
    response.writeHead(200).flushHeaders();
    if (after < this.#oldest) {
      send(response, { type: 'ERROR', object: expired });
      response.end();
      return;
    }
    const watcher = { response, request };
    this.#watchers.add(watcher);
    response.on('close', () => this.#watchers.delete(watcher));
    for (const change of this.#history) if (change.version > after) notify(watcher, change);
  }

  #tell(change: Change): void {
    this.#history.push(change);
    for (const watcher of this.#watchers) notify(watcher, change);
  }
}

export function failure(code: number, reason: string, message: string, details?: object): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code, reason, message, details };
}

function notify({ request, response }: Watcher, { type, object }: Change): void {
  if (selects(request, object)) send(response, { type, object });
}

function send(response: ServerResponse, event: object): void {
  response.write(`${JSON.stringify(event)}\n`);
}

const keyOf = (kind: string, namespace = '', name: string): string => `${kind}/${namespace}/${name}`;

/** Without a namespace the number of parts is odd, with one it is even: /api/v1/[namespaces/NS/]pods/NAME. */
function isNamed(path: string): boolean {
  const rest = path.replace(/^\/(api\/v1|apis\/[^/]+\/[^/]+)\//, '').replace(/^namespaces\/[^/]+\/(?=.)/, '');
  return rest.includes('/');
}

function collection({ apiVersion, kind, metadata: { namespace } }: KubeObject): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = kind === 'StorageClass' ? 'storageclasses' : `${kind.toLowerCase()}s`;
  return namespace ? `${root}/namespaces/${namespace}/${plural}` : `${root}/${plural}`;
}

const selfLink = (object: Stored<KubeObject>): string => `${collection(object)}/${object.metadata.name}`;

function selects({ path, query: { labelSelector, fieldSelector } }: Received, object: Stored<KubeObject>): boolean {
  const everywhere = collection({ ...object, metadata: {} });
  if (path !== collection(object) && path !== everywhere) return false;
  if (labelSelector && object.metadata.labels?.[labelSelector] === undefined) return false;
  return !fieldSelector || fieldSelector === `metadata.name=${object.metadata.name}`;
}

async function bodyOf(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}
