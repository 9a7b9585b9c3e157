/** Requests to the API server as the user of the kubeconfig. */
import type { IncomingMessage } from 'node:http';
import { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from '../../runtime/clock.ts';
import { createCredentials, type Credentials } from '../../clients/kubernetes/credentials.ts';
import { readBody, startCall } from '../../clients/kubernetes/http-call.ts';
import { kubeConfigFailure } from '../../clients/kubernetes/kube-config.ts';
import { warningTexts } from '../../clients/kubernetes/warning-header.ts';
import { responseError } from '../../clients/kubernetes/response-error.ts';

/** Which server, and as whom. */
export interface ConnectionFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly as?: string;
}

/** What the server said to a change. */
interface Answer<T> {
  readonly value: T;
  readonly warnings: readonly string[];
}

/** Asks the API server. */
interface ApiClient {
  /** The way to the server, for who passes requests on. */
  readonly credentials: Credentials;
  /** Headers that ask as another user, where the flags say so. */
  readonly impersonate: Readonly<Record<string, string>>;
  /** The one that the flags or the context name. */
  readonly namespace: string;
  /** The decoded answer. @throws StatusError as the server answered; Error where it can't be reached, and for the signal */
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  /** A change: a patch is a merge patch. With the texts of the server's Warnings. @throws as get */
  send<T>(method: 'POST' | 'PATCH', path: string, body: unknown): Promise<Answer<T>>;
  /** An answer that is read as it comes; the signal ends it. @throws as get */
  open(path: string, signal: AbortSignal): Promise<IncomingMessage>;
  /** Ends all connections. */
  close(): void;
}

/** @throws Error that says what is wrong with the kubeconfig */
export function connect(flags: ConnectionFlags, clock: Clock): ApiClient {
  const config = read(flags.kubeconfig);
  if (flags.context !== undefined) config.setCurrentContext(flags.context);
  const name = config.getCurrentContext();
  const context = config.getContextObject(name);
  if (context === null) throw new Error(`the kubeconfig has no context "${name}"`);
  if (config.getCurrentCluster() === null) throw new Error(`the kubeconfig has no cluster "${context.cluster}"`);
  const credentials = createCredentials(config, clock);
  const impersonate: Record<string, string> = flags.as === undefined ? {} : { 'Impersonate-User': flags.as };
  async function start(method: string, path: string, body?: string, signal?: AbortSignal): Promise<IncomingMessage> {
    const url = new URL(path.slice(1), credentials.server.href.replace(/\/?$/, '/'));
    const headers = {
      ...{ Accept: 'application/json, */*', 'User-Agent': 'kubectl-kd' },
      ...(body === undefined
        ? {}
        : { 'Content-Type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }),
      ...impersonate,
    };
    const connection = await credentials.current();
    const call = startCall({ url, method, headers, ...(body === undefined ? {} : { body }) }, connection);
    signal?.addEventListener('abort', () => call.destroy(new Error('it was ended')), { once: true });
    const response = await call.response.catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${credentials.server.host} cannot be reached: ${why}`, { cause });
    });
    const code = response.statusCode ?? 0;
    if (code >= 300) throw responseError(code, await readBody(response));
    return response;
  }
  return {
    ...{ credentials, impersonate },
    namespace: flags.namespace ?? context.namespace ?? 'default',
    get: async <T>(path: string, signal?: AbortSignal) =>
      JSON.parse(await readBody(await start('GET', path, undefined, signal))) as T,
    async send<T>(method: 'POST' | 'PATCH', path: string, body: unknown): Promise<Answer<T>> {
      const response = await start(method, path, JSON.stringify(body));
      const value = JSON.parse(await readBody(response)) as T;
      return { value, warnings: warningTexts(response.headers.warning ?? '') };
    },
    open: (path, signal) => start('GET', path, undefined, signal),
    close: () => credentials.close(),
  };
}

function read(file: string | undefined): KubeConfig {
  const config = new KubeConfig();
  try {
    if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
    return config;
  } catch (error) {
    // eslint-disable-next-line preserve-caught-error -- its words may hold tokens
    throw new Error(`the kubeconfig cannot be used: ${kubeConfigFailure(error)}`);
  }
}
