/** Requests to the API server as the user of the kubeconfig. */
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../runtime/clock.ts';
import { createCredentials, type Credentials } from '../../clients/kubernetes/credentials.ts';
import { readBody, startCall } from '../../clients/kubernetes/http-call.ts';
import { warningTexts } from '../../clients/kubernetes/warning-header.ts';
import { isExpired, responseError } from '../../clients/kubernetes/response-error.ts';
import type { KubeList } from '../../meta/object.ts';
import { impersonation, type Impersonation } from './impersonation.ts';
import { loadKubeconfig } from './kubeconfig.ts';

/** Which server, and as whom. */
export interface ConnectionFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly as?: string;
  readonly asGroup?: readonly string[];
  readonly asUid?: string;
  /** Milliseconds until an answer is there, or has begun where it is read as it comes; 0: no limit. */
  readonly requestTimeout?: number;
}

/** What the server said to a change. */
interface Answer<T> {
  readonly value: T;
  readonly warnings: readonly string[];
}

/** APPLY is a server-side apply. */
type ChangeMethod = 'POST' | 'PATCH' | 'APPLY';

/** Asks the API server. */
export interface ApiClient {
  /** The way to the server, for who passes requests on. */
  readonly credentials: Credentials;
  /** Headers that ask as another user, where the flags or the kubeconfig say so. */
  readonly impersonate: Impersonation;
  /** The one that the flags or the context name. */
  readonly namespace: string;
  /** The decoded answer. @throws StatusError as the server answered; Error where it can't be reached, and for the signal */
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  /** A whole collection, asked for in parts. @param path without query @throws as get */
  list<T>(path: string, query?: Readonly<Record<string, string>>): Promise<readonly T[]>;
  /** A change: a patch is a merge patch. With the texts of the server's Warnings. @throws as get */
  send<T>(method: ChangeMethod, path: string, body: unknown): Promise<Answer<T>>;
  /** An answer that is read as it comes; the signal ends it. @throws as get */
  open(path: string, signal: AbortSignal): Promise<IncomingMessage>;
  /** Ends all connections. */
  close(): void;
}

interface Request {
  readonly method: 'GET' | ChangeMethod;
  readonly path: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** An answer that has begun. */
interface Begun {
  readonly response: IncomingMessage;
  /** The rest of it may take as long as it likes. */
  readonly unlimited: () => void;
}

const contentTypes: Readonly<Record<ChangeMethod, string>> = {
  POST: 'application/json',
  PATCH: 'application/merge-patch+json',
  // JSON is YAML.
  APPLY: 'application/apply-patch+yaml',
};
/** Objects of one answer to a list, as kubectl asks for them. */
const partSize = 500;

/** @throws Error that says what is wrong with the kubeconfig or the flags */
export function connect(flags: ConnectionFlags, clock: Clock): ApiClient {
  const { config, currentUser } = loadKubeconfig(flags.kubeconfig);
  if (flags.context !== undefined) config.setCurrentContext(flags.context);
  const name = config.getCurrentContext();
  const context = config.getContextObject(name);
  if (context === null)
    throw new Error(name === '' ? 'the kubeconfig has no current-context' : `the kubeconfig has no context "${name}"`);
  if (config.getCurrentCluster() === null) throw new Error(`the kubeconfig has no cluster "${context.cluster}"`);
  const credentials = createCredentials(config, clock);
  const impersonate = impersonation(flags, currentUser());
  const begin = async (request: Request): Promise<Begun> => {
    const headers = { ...headersOf(request), ...impersonate };
    return beginAt(request, headers, { credentials, clock, timeout: flags.requestTimeout ?? 0 });
  };
  const whole = async (request: Request) => {
    const { response, unlimited } = await begin(request);
    try {
      return { text: await readBody(response), warnings: warningTexts(response.headers.warning ?? '') };
    } finally {
      unlimited();
    }
  };
  const get = async <T>(path: string, signal?: AbortSignal): Promise<T> =>
    JSON.parse((await whole({ method: 'GET', path, signal })).text) as T;
  return {
    ...{ credentials, impersonate, get },
    namespace: flags.namespace ?? context.namespace ?? 'default',
    list: <T>(path: string, query: Readonly<Record<string, string>> = {}) =>
      listInParts<T>((parameters) => get(`${path}?${new URLSearchParams({ ...query, ...parameters }).toString()}`)),
    async send<T>(method: ChangeMethod, path: string, body: unknown): Promise<Answer<T>> {
      const { text, warnings } = await whole({ method, path, body });
      return { value: JSON.parse(text) as T, warnings };
    },
    async open(path, signal) {
      const { response, unlimited } = await begin({ method: 'GET', path, signal });
      unlimited();
      return response;
    },
    close: () => credentials.close(),
  };
}

function headersOf({ method, body }: Request): Readonly<Record<string, string>> {
  return {
    ...{ Accept: 'application/json, */*', 'User-Agent': 'kubectl-kd' },
    ...(body === undefined || method === 'GET' ? {} : { 'Content-Type': contentTypes[method] }),
  };
}

interface Way {
  readonly credentials: Credentials;
  readonly clock: Clock;
  /** Milliseconds; 0: no limit. */
  readonly timeout: number;
}

async function beginAt(
  { method, path, body, signal }: Request,
  headers: Impersonation,
  { credentials, clock, timeout }: Way,
): Promise<Begun> {
  const { server } = credentials;
  const url = new URL(path.slice(1), server.href.replace(/\/?$/, '/'));
  const connection = await credentials.current();
  const sent = { url, method: method === 'APPLY' ? 'PATCH' : method, headers };
  const call = startCall(body === undefined ? sent : { ...sent, body: JSON.stringify(body) }, connection);
  const late = new Error(`${server.host} has not answered in the time of --request-timeout`);
  const unlimited = timeout === 0 ? () => undefined : clock.after(timeout, () => call.destroy(late));
  if (signal?.aborted === true) call.destroy(new Error('it was ended'));
  signal?.addEventListener('abort', () => call.destroy(new Error('it was ended')), { once: true });
  try {
    const response = await call.response.catch((cause: unknown) => {
      if (cause === late) throw late;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${server.host} cannot be reached: ${why}`, { cause });
    });
    const code = response.statusCode ?? 0;
    if (code >= 300) throw responseError(code, await readBody(response));
    return { response, unlimited };
  } catch (error) {
    unlimited();
    throw error;
  }
}

/** Where the server forgets the list before its last part is read, all is asked for at once. Source: client-go's tools/pager */
async function listInParts<T>(
  part: (parameters: Readonly<Record<string, string>>) => Promise<KubeList<T>>,
): Promise<readonly T[]> {
  const items: T[] = [];
  let next = '';
  do {
    try {
      const list = await part({ limit: String(partSize), ...(next === '' ? {} : { continue: next }) });
      items.push(...list.items);
      next = list.metadata.continue ?? '';
    } catch (error) {
      if (next === '' || !isExpired(error)) throw error;
      return (await part({})).items;
    }
  } while (next !== '');
  return items;
}
