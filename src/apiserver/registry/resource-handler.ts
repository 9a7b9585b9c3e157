/** Finds the handler for the verb and resource of a request. */
import type { KubeObject, NamespacedName } from '../../meta/object.ts';
import { badRequest, pathNotFound, StatusError } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Exchange, Handler, RequestInfo } from '../exchange.ts';
import { hasProtobufForm } from '../decoding/protobuf.ts';
import { asBoolean } from '../http/request-info.ts';
import { negotiated } from './answer.ts';
import type { ResourceRegistry } from './contract.ts';
import type { ResourceDefinition, Subresource, Verb } from '../resource.ts';
import { serveProxy, type ProxyTools } from '../proxy/serve-proxy.ts';
import { serveList } from './list.ts';
import { collectionCost } from './list-cost.ts';
import { onVisible } from './redacted.ts';
import { serveDeleteCollection } from './serve-delete-collection.ts';
import { serveGet } from './serve-get.ts';
import { servePatch } from './serve-patch.ts';
import { serveAction, serveObjectGet, serveObjectUpdate, serveText } from './serve-subresource.ts';
import { serveCreate, serveDelete, serveUpdate } from './serve-write.ts';
import { isProxyVerb, objectVerbs } from '../subresource-verbs.ts';
import { serveWatch, type WatchTools } from './watch.ts';

/** What handlers need from the server. */
export type HandlerTools = WatchTools & ProxyTools;

/** How one request is answered. */
interface Resolved {
  readonly handler: Handler;
  readonly longRunning: boolean;
  readonly cost?: () => number;
}

/**
 * Finds the handler of a request. It does not throw: a problem with the request is thrown by the handler, so that it is
 * reported only after authorization.
 */
export function resolveResource(registry: ResourceRegistry, info: RequestInfo, options: HandlerTools): Resolved {
  const { definition } = registry;
  const target = { namespace: definition.namespaced ? info.namespace : '', name: nameInPath(info) };
  const problem = problemOf(definition, info, target);
  if (problem !== undefined) return { handler: () => Promise.reject(problem), longRunning: false };
  if (info.subresource !== '') return resolveSubresource(registry, info, target, options);
  if (!(definition.verbs as readonly string[]).includes(info.verb)) return refused();
  const handler = onVisible(registry, (visible) => verbHandler(visible, info.verb as Verb, target, options));
  const longRunning = info.verb === 'watch';
  if (!isCollection(info)) return { handler, longRunning };
  return { handler, longRunning, cost: () => collectionCost(registry.cache, info) };
}

/** Requests for a collection have no name in their path; info.name may come from a field selector. */
function nameInPath(info: RequestInfo): string {
  return isCollection(info) ? '' : info.name;
}

function isCollection({ verb }: RequestInfo): boolean {
  return verb === 'list' || verb === 'watch' || verb === 'deletecollection';
}

function problemOf(
  { namespaced, plural, schema }: ResourceDefinition,
  info: RequestInfo,
  target: NamespacedName,
): StatusError | undefined {
  const bad = segmentProblem('Name', target.name) ?? segmentProblem('Namespace', target.namespace);
  if (bad !== undefined) return bad;
  const { verb, namespace, subresource } = info;
  if (!namespaced) {
    // RequestInfo of a namespace's own path has its name both as namespace and as name.
    const isWithin = plural === 'namespaces' ? info.path.split('/')[5] === plural : namespace !== '';
    return isWithin ? pathNotFound() : undefined;
  }
  if (namespace !== '') return undefined;
  if (target.name !== '' || subresource !== '') return pathNotFound();
  if (verb === 'list' || verb === 'watch') return undefined;
  return isBuiltIn({ schema }) ? methodNotAllowed() : pathNotFound();
}

/** Whether a kind is one of Kubernetes' own. Their paths allow other methods than those of custom kinds. */
export function isBuiltIn({ schema }: Pick<ResourceDefinition, 'schema'>): boolean {
  return hasProtobufForm(schema.name);
}

/** Source: k8s.io/apimachinery/pkg/api/validation/path. */
function segmentProblem(what: 'Name' | 'Namespace', value: string): StatusError | undefined {
  const why =
    value === '.' || value === '..'
      ? `may not be '${value}'`
      : value.includes('/')
        ? "may not contain '/'"
        : value.includes('%')
          ? "may not contain '%'"
          : undefined;
  return why === undefined ? undefined : badRequest(`${what} parameter invalid: ${JSON.stringify(value)}: ${why}`);
}

function verbHandler<T extends KubeObject>(
  registry: ResourceRegistry<T>,
  verb: Verb,
  target: NamespacedName,
  options: HandlerTools,
): Handler {
  const { clock } = options;
  switch (verb) {
    case 'get':
      return (exchange) => serveGet(exchange, registry, target, clock);
    case 'list':
      return (exchange) => serveList(exchange, registry, negotiated(exchange, { table: true, partial: true }), options);
    case 'watch':
      return (exchange) =>
        serveWatch(exchange, registry, negotiated(exchange, { table: true, partial: true }), options);
    case 'create':
      return (exchange) => serveCreate(exchange, registry, target, clock);
    case 'update':
      return named(target, (exchange) => serveUpdate(exchange, registry, target, clock));
    case 'patch':
      return named(target, (exchange) => servePatch(exchange, registry, target, clock));
    case 'delete':
      return (exchange) => serveDelete(exchange, registry, target, clock);
    case 'deletecollection':
      return (exchange) => serveDeleteCollection(exchange, registry, clock);
  }
}

function named({ name }: NamespacedName, handler: Handler): Handler {
  return name === '' ? () => Promise.reject(badRequest('name must be provided')) : handler;
}

function resolveSubresource(
  registry: ResourceRegistry,
  info: RequestInfo,
  target: NamespacedName,
  tools: HandlerTools,
): Resolved {
  const { subresources } = registry.definition;
  const subresource = Object.hasOwn(subresources, info.subresource) ? subresources[info.subresource] : undefined;
  if (subresource === undefined) return { handler: () => Promise.reject(pathNotFound()), longRunning: false };
  if (subresource.type === 'refused') return refused(subresource.message);
  const handler =
    subresource.type === 'status'
      ? onVisibleStatus(registry, info.verb, target, tools.clock)
      : subresourceHandler(subresource, info.verb, target, tools);
  if (handler === undefined) return refused();
  const longRunning =
    subresource.type === 'proxy' || (subresource.type === 'text' && asBoolean(info.query.get('follow')));
  return { handler, longRunning };
}

function onVisibleStatus(
  registry: ResourceRegistry,
  verb: string,
  target: NamespacedName,
  clock: Clock,
): Handler | undefined {
  switch (verb) {
    case 'get':
      return onVisible(registry, (visible) => (exchange) => serveGet(exchange, visible, target, clock));
    case 'update':
      return onVisible(registry, (visible) => (exchange) => serveUpdate(exchange, visible, target, clock, 'status'));
    case 'patch':
      return onVisible(registry, (visible) => (exchange) => servePatch(exchange, visible, target, clock, 'status'));
    default:
      return undefined;
  }
}

function subresourceHandler(
  subresource: Exclude<Subresource, { type: 'status' | 'refused' }>,
  verb: string,
  target: NamespacedName,
  tools: HandlerTools,
): Handler | undefined {
  const { clock } = tools;
  switch (subresource.type) {
    case 'text':
      return verb === 'get' ? (exchange) => serveText(exchange, subresource, target) : undefined;
    case 'proxy':
      return isProxyVerb(verb) ? (exchange) => serveProxy(exchange, subresource, target, tools) : undefined;
    case 'action':
      return verb === 'create' ? (exchange: Exchange) => serveAction(exchange, subresource, target, clock) : undefined;
    case 'object': {
      if (!(objectVerbs(subresource) as readonly string[]).includes(verb)) return undefined;
      if (verb === 'get') return (exchange) => serveObjectGet(exchange, subresource, target, clock);
      const { update } = subresource;
      if (update === undefined || (verb !== 'update' && verb !== 'patch')) return undefined;
      return (exchange) => serveObjectUpdate(exchange, { ...subresource, update }, target, clock);
    }
  }
}

function refused(message?: string): Resolved {
  return { handler: () => Promise.reject(methodNotAllowed(message)), longRunning: false };
}

/** A 405: the path exists, but not for this method. */
export function methodNotAllowed(
  message = 'the server does not allow this method on the requested resource',
): StatusError {
  return new StatusError(405, 'MethodNotAllowed', message, {});
}
