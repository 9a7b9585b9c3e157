/** Requests to the API server as the user of the kubeconfig. */
import { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from '../../runtime/clock.ts';
import { createCredentials, type Credentials } from '../../clients/kubernetes/credentials.ts';
import { readBody, startCall } from '../../clients/kubernetes/http-call.ts';
import { kubeConfigFailure } from '../../clients/kubernetes/kube-config.ts';
import { responseError } from '../../clients/kubernetes/response-error.ts';

/** Which server, and as whom. */
export interface ConnectionFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly as?: string;
}

/** Asks the API server. */
interface ApiClient {
  /** The way to the server, for who passes requests on. */
  readonly credentials: Credentials;
  /** Headers that ask as another user, where the flags say so. */
  readonly impersonate: Readonly<Record<string, string>>;
  /** The one that the flags or the context name. */
  readonly namespace: string;
  /** The decoded answer. @throws StatusError as the server answered; Error where it can't be reached */
  get<T>(path: string): Promise<T>;
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
  return {
    ...{ credentials, impersonate },
    namespace: flags.namespace ?? context.namespace ?? 'default',
    async get<T>(path: string): Promise<T> {
      const url = new URL(path.slice(1), credentials.server.href.replace(/\/?$/, '/'));
      const headers = {
        ...{ Accept: 'application/json', 'User-Agent': 'kubectl-kd' },
        ...impersonate,
      };
      const connection = await credentials.current();
      const response = await startCall({ url, method: 'GET', headers }, connection).response.catch((cause: unknown) => {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`${credentials.server.host} cannot be reached: ${why}`, { cause });
      });
      const body = await readBody(response);
      const code = response.statusCode ?? 0;
      if (code >= 300) throw responseError(code, body);
      return JSON.parse(body) as T;
    },
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
