/** The fields of an event that describe the request. Source: k8s.io/apiserver/pkg/audit LogRequestMetadata */
import type { UserInfo } from '../../meta/user.ts';
import type { Exchange, RequestInfo } from '../exchange.ts';
import { withoutTokens } from '../request-uri.ts';
import type { EventHead, EventUser, Level, ObjectReference } from './contract.ts';
import { sourceIPs } from './source-ips.ts';

const maxUserAgent = 1024;
/** The head of a request's events. @param user undefined if authentication failed */
export function eventHead(exchange: Exchange, user: UserInfo | undefined, level: Level): EventHead {
  const { request, requestId, info, remoteAddress } = exchange;
  const userAgent = request.headers['user-agent'];
  return {
    level,
    auditID: requestId,
    requestURI: withoutTokens(request.url ?? ''),
    verb: info.verb,
    user: user === undefined ? {} : eventUser(user),
    sourceIPs: sourceIPs(request.headers, remoteAddress),
    ...(userAgent === undefined ? {} : { userAgent: shortened(userAgent) }),
    ...(info.isResourceRequest ? { objectRef: objectReference(info) } : {}),
  };
}

/** A smaller head, used if the whole one cannot be built. */
export function bareHead({ requestId, info }: Exchange, user: UserInfo | undefined): EventHead {
  return {
    level: 'Metadata',
    auditID: requestId,
    requestURI: info.path,
    verb: info.verb,
    user: user === undefined ? {} : { username: user.name },
    sourceIPs: [],
  };
}

function shortened(userAgent: string): string {
  return userAgent.length > maxUserAgent ? `${userAgent.slice(0, maxUserAgent)}...TRUNCATED` : userAgent;
}

function eventUser({ name, uid, groups, extra }: UserInfo): EventUser {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(extra === undefined || Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

/** Empty parts are left out, as Go does. */
function objectReference(info: RequestInfo): ObjectReference {
  const { resource, namespace, name, group: apiGroup, version: apiVersion, subresource } = info;
  return {
    resource,
    ...(namespace === '' ? {} : { namespace }),
    ...(name === '' ? {} : { name }),
    ...(apiGroup === '' ? {} : { apiGroup }),
    apiVersion,
    ...(subresource === '' ? {} : { subresource }),
  };
}

/** @param milliseconds since 1970, with their fractions; @returns RFC 3339 in UTC with microseconds, as Go's MicroTime */
export function microTime(milliseconds: number): string {
  const whole = Math.floor(milliseconds);
  const micros = Math.floor((milliseconds - whole) * 1000);
  return `${new Date(whole).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}
