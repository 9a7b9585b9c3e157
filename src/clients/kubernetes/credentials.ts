/**
 * The way to kube-apiserver and the proof of who asks. Files (CA, certificates, the token of a service account) are read
 * anew, so that what is rotated is taken up while the program runs.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type AgentOptions, type RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { deepEqual } from '../../meta/json.ts';
import type { Clock } from '../../runtime/clock.ts';

/** What a request needs to reach kube-apiserver and to be authenticated. */
export interface Connection {
  readonly agent: HttpAgent | HttpsAgent;
  /** Those that authenticate. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Gives each request the current agent and headers. */
export interface Credentials {
  readonly server: URL;
  /** @throws Error where a file cannot be read or a credential plugin fails */
  current(): Promise<Connection>;
  /** Ends all connections. */
  close(): void;
}

/** Reading files again for every request would cost more than it is worth. */
const stayMs = 10_000;
/** A peer that is gone is noticed after this and ten probes, a second apart. */
const keepAliveMs = 15_000;
/** kube-apiserver closes idle connections after 90 s: ours go first, so that none breaks under a request. */
const idleMs = 55_000;

/** The TLS material that an agent is made for. */
type Identity = Pick<AgentOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;

/** @throws Error where the configuration names no cluster */
export function createCredentials(config: KubeConfig, clock: Clock): Credentials {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error('the kubeconfig names no cluster');
  const server = new URL(cluster.server);
  const agents = createAgents(server, cluster.proxyUrl !== undefined);
  let known: { readonly connection: Promise<Connection>; readonly until: number } | undefined;

  async function connect(): Promise<Connection> {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    return { agent: agents.for(options), headers: headersOf(options) };
  }

  return {
    server,
    current() {
      if (known !== undefined && clock.monotonic() < known.until) return known.connection;
      const entry = { connection: connect(), until: clock.monotonic() + stayMs };
      known = entry;
      entry.connection.catch(() => {
        if (known === entry) known = undefined;
      });
      return entry.connection;
    },
    close: () => agents.close(),
  };
}

/** One agent, and with it one set of open connections, for as long as the TLS material stays the same. */
function createAgents(server: URL, isProxied: boolean) {
  const made: (HttpAgent | HttpsAgent)[] = [];
  let last: { readonly agent: HttpAgent | HttpsAgent; readonly identity: Identity } | undefined;
  function make(options: RequestOptions, identity: Identity): HttpAgent | HttpsAgent {
    // Only the library knows how to go through a proxy.
    if (isProxied && options.agent instanceof HttpAgent) return options.agent;
    const pool = { keepAlive: true, keepAliveMsecs: keepAliveMs, timeout: idleMs };
    return server.protocol === 'http:' ? new HttpAgent(pool) : new HttpsAgent({ ...pool, ...identity });
  }
  return {
    /** What runs on an earlier agent goes on there; its connections end by themselves. */
    for(options: RequestOptions): HttpAgent | HttpsAgent {
      const identity = identityOf(options);
      if (last !== undefined && deepEqual(printed(last.identity), printed(identity))) return last.agent;
      last = { agent: make(options, identity), identity };
      made.push(last.agent);
      return last.agent;
    },
    close() {
      for (const agent of made) agent.destroy();
    },
  };
}

function identityOf({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions): Identity {
  return { ca, cert, key, servername, rejectUnauthorized };
}

const printed = (identity: Identity): unknown => JSON.parse(JSON.stringify(identity));

function headersOf({ headers = {}, auth }: RequestOptions): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    // A token read from a file may end in a line feed.
    if (typeof value === 'string') result[name] = value.trim();
  }
  if (typeof auth === 'string') result.Authorization = `Basic ${Buffer.from(auth).toString('base64')}`;
  return result;
}
