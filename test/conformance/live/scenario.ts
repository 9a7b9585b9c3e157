/** What is asked live, as data: of a custom resource and of ours alike. */
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
 * One request. These words in it stand for what the server that is asked has: GROUP, NAMESPACE, WEBHOOK (a URL without
 * its path), WEBHOOK_CA, `<revision 2>` (the second that the scenario's answers showed), `<uid 1>`, `<continue 1>`.
 */
export interface LiveRequest extends Omit<ApplyStep, 'step' | 'method' | 'differs'> {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Goes to kube-apiserver, whatever server is asked, and must succeed there. It is not compared. */
  readonly setup?: boolean;
  /** Asked again until this is so: servers hear of some things later. */
  readonly until?: (answer: Answer) => boolean;
  /** Sent to kube-apiserver before it is asked again, which then takes two seconds. */
  readonly beforeAgain?: readonly LiveRequest[];
  /** Not compared: what it does is what counts. */
  readonly unseen?: boolean;
  /** A watch: the steps that follow are done meanwhile, and its answer is looked at after the last of them. */
  readonly meanwhile?: boolean;
  /** What of the body is compared. It gets the decoded body, with names for uids, groups and so on. */
  readonly only?: (body: unknown) => unknown;
  /** For the custom resource, where its spec has another place for the same: replicas. */
  readonly ofCustomResource?: unknown;
}

/** Requests that follow each other, in a namespace that nothing else is in. */
export interface LiveScenario {
  readonly name: string;
  /** By a name that says what is asked. */
  readonly steps: Readonly<Record<string, LiveRequest>>;
  /** The controller writes to the objects meanwhile: revisions are not compared. */
  readonly othersWrite?: boolean;
  /** Ours is not asked directly: kube-apiserver does a part of it. */
  readonly throughKubernetes?: boolean;
}

type Options = Omit<Partial<LiveRequest>, 'method' | 'path' | 'body'>;

/** Any request; what follows the path is as in LiveRequest. */
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
/** Ends after a second, unless the query says otherwise. */
export const watch = (path: string, query: Readonly<Record<string, string>> = {}, more: Options = {}): LiveRequest =>
  get(path, { watch: 'true', timeoutSeconds: '1', ...query }, more);
export const remove = (path: string, body?: unknown, query: Readonly<Record<string, string>> = {}): LiveRequest =>
  ask('DELETE', path, { query, ...(body === undefined ? {} : { body, contentType: 'application/json' }) });
/** Of something that is not ours, in the cluster itself. */
export const setup = (request: LiveRequest): LiveRequest => ({ ...request, setup: true });
/** Not compared. */
export const unseen = (request: LiveRequest): LiveRequest => ({ ...request, unseen: true });
/** Asked again until it is answered with this status. */
export const until = (status: number, request: LiveRequest): LiveRequest => ({
  ...request,
  until: (answer) => answer.status === status,
});
