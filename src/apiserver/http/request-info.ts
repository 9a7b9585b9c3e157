/** Finds what a request asks for, from its method and URL. Rules: k8s.io/apiserver/pkg/endpoints/request. */
import { parseFieldSelector } from '../../meta/fields.ts';
import { badRequest } from '../../meta/status.ts';
import type { RequestInfo } from '../exchange.ts';

const verbs: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Below /namespaces/NAME these are subresources of the namespace; everything else is a resource in it. */
const namespaceSubresources = new Set(['status', 'finalize']);

/**
 * Parses method and URL.
 * @param url as in the request line
 * @throws StatusError 400 for invalid escapes
 */
export function parseRequestInfo(method: string, url: string): RequestInfo {
  const origin = url.startsWith('/') ? url : withoutOrigin(url);
  const mark = origin.indexOf('?');
  const rawPath = mark < 0 ? origin : origin.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? undefined : origin.slice(mark + 1));
  const segments = splitPath(rawPath);
  const path = rawPath.includes('%') ? `/${segments.join('/')}` : rawPath;
  const api = apiPart(segments);
  if (api === undefined) return nonResource(method, path, query);
  const { group, version, rest, isWatch } = api;
  const [namespace, target] = namespaceAndTarget(rest);
  const [resource = '', name = ''] = target;
  const verb = isWatch ? 'watch' : collectionVerb(verbs[method] ?? '', name, query);
  if (isWatch && name !== '') selectName(query, name);
  return {
    isResourceRequest: true,
    path,
    verb,
    group,
    version,
    namespace,
    resource,
    subresource: target.length > 3 && target[2] !== 'proxy' ? target.slice(2).join('/') : (target[2] ?? ''),
    name: name !== '' ? name : selectedName(verb, query),
    query,
  };
}

/** That of `GET /`, for requests whose URL cannot be read. */
export const rootInfo: RequestInfo = nonResource('GET', '/', new URLSearchParams());

function nonResource(method: string, path: string, query: URLSearchParams): RequestInfo {
  return {
    isResourceRequest: false,
    path,
    verb: method.toLowerCase(),
    group: '',
    version: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    query,
  };
}

/** The URL may be absolute, as sent to a forward proxy. */
export function withoutOrigin(url: string): string {
  const slash = url.indexOf('/', url.indexOf('://') + 3);
  return url.includes('://') && slash > 0 ? url.slice(slash) : `/${url}`;
}

/** Each segment is decoded separately: an encoded slash stays inside its segment. One trailing slash is ignored. */
function splitPath(rawPath: string): string[] {
  const end = rawPath.length > 1 && rawPath.endsWith('/') ? rawPath.length - 1 : rawPath.length;
  const segments = rawPath.slice(1, end).split('/');
  return rawPath.includes('%') ? segments.map(decodeSegment) : segments;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw badRequest(`invalid URL escape in ${JSON.stringify(segment)}`, { cause });
  }
}

interface ApiPart {
  readonly group: string;
  readonly version: string;
  /** The segments after the version, without the word `watch`. */
  readonly rest: string[];
  /** The deprecated form of a watch, `/api/v1/watch/…`, which kube-apiserver still serves. */
  readonly isWatch: boolean;
}

function apiPart(segments: string[]): ApiPart | undefined {
  const [prefix, first = '', second = ''] = segments;
  if (prefix === 'api' && segments.length >= 3) return watched({ group: '', version: first }, segments.slice(2));
  if (prefix === 'apis' && segments.length >= 4) return watched({ group: first, version: second }, segments.slice(3));
  return undefined;
}

function watched(version: Pick<ApiPart, 'group' | 'version'>, rest: string[]): ApiPart {
  const isWatch = rest[0] === 'watch' && rest.length > 1;
  return { ...version, rest: isWatch ? rest.slice(1) : rest, isWatch };
}

/** Whether a path has the deprecated form of a watch, which allows only GET. */
export function isWatchPath({ isResourceRequest, verb, path }: RequestInfo): boolean {
  return isResourceRequest && verb === 'watch' && path.split('/')[path.startsWith('/apis/') ? 4 : 3] === 'watch';
}

/** A watch of one object becomes a watch of the collection with a field selector, unless it has one already. */
function selectName(query: URLSearchParams, name: string): void {
  const given = query.get('fieldSelector') ?? '';
  if (given === '') query.set('fieldSelector', `metadata.name=${name.replace(/[\\,=]/g, '\\$&')}`);
}

/**
 * Whether the field selector of a watch path leaves out the object that the path names. Source: k8s.io/apiserver
 * ListResource, which refuses such a watch
 */
export function missesWatchedName({ name, query }: RequestInfo): boolean {
  const selector = query.get('fieldSelector') ?? '';
  try {
    return name !== '' && parseFieldSelector(selector).exact('metadata.name') !== name;
  } catch {
    return false; // a malformed selector is reported by the watch itself, in its own words
  }
}

function namespaceAndTarget(rest: string[]): [namespace: string, target: string[]] {
  const [first, namespace = '', third] = rest;
  if (first !== 'namespaces' || rest.length === 1) return ['', rest];
  if (third === undefined || namespaceSubresources.has(third)) return [namespace, rest];
  return [namespace, rest.slice(2)];
}

function collectionVerb(verb: string, name: string, query: URLSearchParams): string {
  if (name !== '') return verb;
  if (verb === 'get') return asBoolean(query.get('watch')) ? 'watch' : 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}

/**
 * The boolean value of a query parameter: false only if absent, "false" or "0". Source: k8s.io/apimachinery/pkg/runtime
 * conversion.
 */
export function asBoolean(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

/** The name in `metadata.name=x` on a collection: a user with rights on x only may list and watch it this way. */
function selectedName(verb: string, query: URLSearchParams): string {
  if (verb !== 'list' && verb !== 'watch' && verb !== 'deletecollection') return '';
  const selector = query.get('fieldSelector');
  if (selector?.includes('metadata.name') !== true) return '';
  try {
    return parseFieldSelector(selector).exact('metadata.name') ?? '';
  } catch {
    return ''; // a malformed selector is reported by the verb itself, in its own words
  }
}
