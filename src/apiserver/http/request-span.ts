/** The span of a request. Source: k8s.io/apiserver/pkg/endpoints/filters/traces.go, OpenTelemetry's HTTP conventions */
import type { Credentials } from '../../auth/contract.ts';
import { mastersGroup, type UserInfo } from '../../meta/user.ts';
import type { Tracer } from '../../runtime/tracing.ts';
import type { Request, RequestInfo } from '../exchange.ts';
import { withoutTokens } from '../request-uri.ts';
import type { HttpExchange } from './exchange.ts';

const monitoringGroup = 'system:monitoring';

/** The same reader, which also finds out whether a front proxy says who the user is. */
export function noticingProxies(
  exchange: HttpExchange,
  read: (request: Request) => Credentials,
): (request: Request) => Credentials {
  const onFrontProxy = (): void => {
    exchange.isProxied = true;
  };
  return (request) => ({ ...read(request), onFrontProxy });
}

/**
 * Begins the span of an authenticated request. A front proxy's trace is continued: it is kube-apiserver, which decided
 * whom it trusts. Others are trusted as kube-apiserver trusts them.
 * @param sinceMs milliseconds since the request came in
 */
export function beginRequestSpan(tracer: Tracer, exchange: HttpExchange, sinceMs: number): void {
  const { request, info, user, isProxied, requestId } = exchange;
  const method = request.method ?? 'GET';
  const route = routeOf(info);
  exchange.span = tracer.root(route === undefined ? method : `${method} ${route}`, {
    kind: 'server',
    sinceMs,
    caller: { headers: request.headers, isTrusted: isProxied || isPrivileged(user) },
    attributes: {
      'http.request.method': method,
      ...(route === undefined ? {} : { 'http.route': route }),
      ...urlOf(info, request.url ?? '/'),
      'network.protocol.version': request.httpVersion,
      'user_agent.original': request.headers['user-agent'] ?? '',
      'audit-id': requestId,
    },
  });
}

/** Ends the span, if there is one. What clients do wrong is no failure of the server. */
export function endRequestSpan({ span }: HttpExchange, code: number): void {
  span?.set({ 'http.response.status_code': code });
  span?.end(code >= 500 ? String(code) : undefined);
}

function isPrivileged({ groups }: UserInfo): boolean {
  return groups.includes(mastersGroup) || groups.includes(monitoringGroup);
}

/** Undefined for what is no resource. */
function routeOf(info: RequestInfo): string | undefined {
  const { isResourceRequest, group, version, namespace, resource, name, subresource } = info;
  if (!isResourceRequest) return undefined;
  return [
    group === '' ? '/api' : `/apis/${group}`,
    version,
    ...(namespace === '' ? [] : ['namespaces/{:namespace}']),
    resource,
    ...(name === '' ? [] : ['{:name}']),
    ...(subresource === '' ? [] : [subresource]),
  ].join('/');
}

/** What is asked of a member through the proxy is its own affair: paths and queries there may hold anything. */
function urlOf({ path, subresource }: RequestInfo, url: string): { 'url.path': string; 'url.query'?: string } {
  if (subresource === 'proxy') return { 'url.path': path.replace(/(\/proxy)\/.*$/s, '$1') };
  const query = /\?(.*)$/s.exec(withoutTokens(url))?.[1];
  return query === undefined ? { 'url.path': path } : { 'url.path': path, 'url.query': query };
}
