/** Authentication and authorization of requests. */
import type { TLSSocket } from 'node:tls';
import type { PeerCertificate } from 'node:tls';
import type { Authenticator, Authorizer, Credentials } from '../../auth/contract.ts';
import { isHealthPath } from '../../auth/index.ts';
import type { AccessRequest } from '../../clients/contract.ts';
import { forbiddenRequest, StatusError, unauthorized } from '../../meta/status.ts';
import { anonymous, type UserInfo } from '../../meta/user.ts';
import type { Request, RequestInfo } from '../exchange.ts';
import type { HttpExchange } from './exchange.ts';

/**
 * Reads the client certificate once per connection: asking OpenSSL for each request would cost more than the request.
 */
export function createCredentialsReader(): (request: Request) => Credentials {
  const known = new WeakMap<object, PeerCertificate | 'none'>();
  return (request) => {
    const connection = 'stream' in request ? (request.stream.session ?? request.stream) : request.socket;
    let certificate = known.get(connection);
    if (certificate === undefined) known.set(connection, (certificate = readCertificate(request)));
    const { headers, rawHeaders } = request;
    return certificate === 'none' ? { headers, rawHeaders } : { headers, rawHeaders, peerCertificate: certificate };
  };
}

function readCertificate(request: Request): PeerCertificate | 'none' {
  const socket = ('stream' in request ? request.stream.session?.socket : request.socket) as
    Partial<TLSSocket> | undefined;
  if (typeof socket?.getPeerCertificate !== 'function') return 'none';
  // Without a certificate Node returns an empty object, or null once the connection is closed.
  const certificate = socket.getPeerCertificate(true) as Partial<PeerCertificate> | null;
  return certificate?.raw === undefined ? 'none' : (certificate as PeerCertificate);
}

/** The user of the request; health paths are open to everybody. @throws StatusError 401 */
export async function authenticate(
  exchange: HttpExchange,
  authenticator: Authenticator,
  read: (request: Request) => Credentials,
): Promise<UserInfo> {
  const found = authenticator.authenticate(read(exchange.request));
  const user = found instanceof Promise ? await found : found;
  if (user !== undefined) return user;
  if (isHealthPath(exchange.info.path)) return anonymous;
  throw unauthorized();
}

const impersonation = /^impersonate-/;

/**
 * Refuses impersonation headers. This server does not support impersonation, and the caller must not be served with
 * their own rights, which may be larger. Behind kube-apiserver's aggregation layer these headers do not arrive: it
 * handles them.
 * @throws StatusError 403
 */
export function refuseImpersonation(user: UserInfo, request: Request): void {
  const { headers } = request;
  const isAsked = Object.keys(headers).some((name) => impersonation.test(name));
  if (!isAsked) return;
  const asked = headers['impersonate-user'];
  const whom = typeof asked === 'string' ? ` user ${JSON.stringify(asked)}` : '';
  const message = `forbidden: User ${JSON.stringify(user.name)} cannot impersonate${whom}: this server does not support impersonation`;
  throw new StatusError(403, 'Forbidden', message, {});
}

/** Asks the authorizer, and records its decision for audit. @throws StatusError 403, in kube-apiserver's words */
export async function authorize({ user, info, audit }: HttpExchange, authorizer: Authorizer): Promise<void> {
  const request = accessRequest(user, info);
  const asked = authorizer.authorize(request);
  const decision = asked instanceof Promise ? await asked : asked;
  audit?.annotate('authorization.k8s.io/decision', decision.allowed ? 'allow' : 'forbid');
  audit?.annotate('authorization.k8s.io/reason', decision.reason ?? '');
  if (!decision.allowed) throw refusal(request, decision.reason);
}

function accessRequest(user: UserInfo, info: RequestInfo): AccessRequest {
  const { verb, path, group, version, resource, subresource, namespace, name } = info;
  if (!info.isResourceRequest) return { user, verb, path };
  return { user, verb, resource: { group, version, resource, subresource, namespace, name } };
}

/** The 403 for what somebody may not do. Source: k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go */
export function refusal({ user, verb, resource: asked, path = '' }: AccessRequest, reason: string): StatusError {
  const because = reason === '' ? '' : `: ${reason}`;
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`;
  if (asked === undefined) {
    return new StatusError(403, 'Forbidden', `forbidden: ${who} path ${JSON.stringify(path)}${because}`, {});
  }
  const { group, resource, subresource, namespace, name } = asked;
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  return forbiddenRequest(
    { group, resource },
    name,
    `${who} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}${because}`,
  );
}
