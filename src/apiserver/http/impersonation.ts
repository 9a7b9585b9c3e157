/**
 * Acting for somebody else: `kubectl --as USER --as-group GROUP --as-uid UID`. Whoever asks for it needs the right to
 * `impersonate` each thing that is named. For servers that clients reach themselves; behind kube-apiserver it has been
 * done already.
 * Source: k8s.io/apiserver/pkg/endpoints/filters/impersonation. What KEP 5284 adds (rights to impersonate for certain
 * verbs alone) is left out.
 */
import type { Authorizer } from '../../auth/contract.ts';
import { createIdentityHeaders } from '../../auth/index.ts';
import type { AccessRequest } from '../../clients/contract.ts';
import { badRequest } from '../../meta/status.ts';
import { anonymous, type UserInfo } from '../../meta/user.ts';
import { refusal } from './access.ts';

const headers = createIdentityHeaders({
  usernameHeaders: ['impersonate-user'],
  uidHeaders: ['impersonate-uid'],
  groupHeaders: ['impersonate-group'],
  extraHeaderPrefixes: ['impersonate-extra-'],
});

const authenticated = 'system:authenticated';
const unauthenticated = 'system:unauthenticated';

/**
 * As whom a request counts: the user who makes it, where it does not ask for another.
 * @param rawHeaders name, value, name, value …, as they came
 * @throws StatusError 403 where the user may not; 400 where groups or the like are named without a user
 */
export async function impersonated(
  user: UserInfo,
  rawHeaders: readonly string[],
  authorizer: Authorizer,
): Promise<UserInfo> {
  const selected = headers.select(rawHeaders);
  if (selected === '') return user;
  const wanted = headers.parse(selected);
  if (wanted === undefined) throw badRequest('requested a group, uid or extra to impersonate without a user name');
  for (const resource of rightsFor(wanted)) {
    const request: AccessRequest = { user, verb: 'impersonate', resource };
    const decision = await authorizer.authorize(request);
    if (!decision.allowed) throw refusal(request, decision.reason);
  }
  return { ...wanted, groups: groupsOf(wanted) };
}

type AskedResource = NonNullable<AccessRequest['resource']>;

/** What has to be allowed, in the order in which kube-apiserver asks. */
function rightsFor({ name, uid, groups, extra = {} }: UserInfo): AskedResource[] {
  const one = (resource: string, named: string, more: Partial<AskedResource> = {}): AskedResource => {
    return { group: '', version: 'v1', resource, subresource: '', namespace: '', name: named, ...more };
  };
  const group = 'authentication.k8s.io';
  const account = serviceAccountOf(name);
  return [
    account === undefined ? one('users', name) : one('serviceaccounts', account.name, { namespace: account.namespace }),
    ...groups.map((each) => one('groups', each)),
    ...Object.entries(extra).flatMap(([subresource, values]) =>
      values.map((value) => one('userextras', value, { group, subresource })),
    ),
    ...(uid === undefined ? [] : [one('uids', uid, { group })]),
  ];
}

function serviceAccountOf(name: string): { namespace: string; name: string } | undefined {
  const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name) ?? [];
  return namespace === undefined || account === undefined ? undefined : { namespace, name: account };
}

/** Those that were named, else those that such a user always has. */
function groupsOf({ name, groups }: UserInfo): readonly string[] {
  const account = serviceAccountOf(name);
  const fixed = account === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`];
  const named = groups.length > 0 ? groups : fixed;
  if (name === anonymous.name) return named.includes(unauthenticated) ? named : [...named, unauthenticated];
  const isSettled = named.includes(authenticated) || named.includes(unauthenticated);
  return isSettled ? named : [...named, authenticated];
}
