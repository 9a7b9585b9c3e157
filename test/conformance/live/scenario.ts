/** The live requests, as data. They are sent for a custom resource and to our server. */
import type { ApplyStep } from '../apply/scenario.ts';
import type { Answer } from '../target.ts';

export {
  app,
  apply,
  apps,
  cluster,
  clusters,
  jsonPatch,
  merge,
  part,
  post,
  put,
  putEdited,
  role,
} from '../apply/scenario.ts';

/**
 * One request. These words in it are replaced by the values of the server: GROUP, NAMESPACE, WEBHOOK (a URL without its
 * path), WEBHOOK_CA, `<revision 2>` (the second one in the answers of the scenario), `<uid 1>`, `<continue 1>`.
 */
export interface LiveRequest extends Omit<ApplyStep, 'step' | 'method' | 'differs'> {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The request is always sent to kube-apiserver, and must succeed. Its answer is not compared. */
  readonly setup?: boolean;
  /** The request is repeated until this is true, because servers observe some changes later. */
  readonly until?: (answer: Answer) => boolean;
  /** Requests to kube-apiserver before each repetition, which then comes after two seconds. */
  readonly beforeAgain?: readonly LiveRequest[];
  /** The answer is not compared: only the effect of the request matters. */
  readonly unseen?: boolean;
  /** A watch: the next steps run at the same time, and its answer is compared after the last of them. */
  readonly meanwhile?: boolean;
  /** Selects the compared part of the body. It gets the decoded body, with names for uids, groups and so on. */
  readonly only?: (body: unknown) => unknown;
  /** The body for the custom resource, if it has another field for the same value: replicas. */
  readonly ofCustomResource?: unknown;
}

/** Requests that are sent one after the other, in a namespace without other objects. */
export interface LiveScenario {
  readonly name: string;
  /** The requests, by a name that describes them. */
  readonly steps: Readonly<Record<string, LiveRequest>>;
  /** The controller changes the objects at the same time, so revisions are not compared. */
  readonly othersWrite?: boolean;
  /** Our server is not called directly, because kube-apiserver does a part of the work. */
  readonly throughKubernetes?: boolean;
}

type Options = Omit<Partial<LiveRequest>, 'method' | 'path' | 'body'>;

/** Any request. @param more further fields of LiveRequest */
export const ask = (
  method: string,
  path: string,
  more: Omit<Partial<LiveRequest>, 'method' | 'path'> = {},
): LiveRequest => ({
  method,
  path,
  ...more,
});
export const get = (path: string, query: Readonly<Record<string, string>> = {}, more: Options = {}): LiveRequest =>
  ask('GET', path, { query, ...more });
export const accept = (path: string, type: string, query: Readonly<Record<string, string>> = {}): LiveRequest =>
  get(path, query, { headers: { accept: type } });
/** A watch that ends after one second, unless the query sets another timeout. */
export const watch = (path: string, query: Readonly<Record<string, string>> = {}, more: Options = {}): LiveRequest =>
  get(path, { watch: 'true', timeoutSeconds: '1', ...query }, more);
export const remove = (path: string, body?: unknown, query: Readonly<Record<string, string>> = {}): LiveRequest =>
  ask('DELETE', path, { query, ...(body === undefined ? {} : { body, contentType: 'application/json' }) });
/** A request about an object of the cluster itself, not about our kinds. */
export const setup = (request: LiveRequest): LiveRequest => ({ ...request, setup: true });
/** A request whose answer is not compared. */
export const unseen = (request: LiveRequest): LiveRequest => ({ ...request, unseen: true });
/** A request that is repeated until the answer has this status. */
export const until = (status: number, request: LiveRequest): LiveRequest => ({
  ...request,
  until: (answer) => answer.status === status,
});
