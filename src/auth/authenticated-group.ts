/** The group of all users that an authenticator knows. Source: k8s.io/apiserver/pkg/authentication/group */
import { anonymous, type UserInfo } from '../meta/user.ts';
import type { Authenticator } from './contract.ts';

const authenticated = 'system:authenticated';
const unauthenticated = 'system:unauthenticated';

/** Adds the group, except to users whom a front proxy calls anonymous. */
export function authenticatedGroup(next: Authenticator): Authenticator {
  const known = new WeakMap<UserInfo, UserInfo>();
  function withGroup(user: UserInfo | undefined): UserInfo | undefined {
    if (user === undefined) return undefined;
    let found = known.get(user);
    if (found === undefined) known.set(user, (found = added(user)));
    return found;
  }
  return {
    authenticate(credentials) {
      const user = next.authenticate(credentials);
      return user instanceof Promise ? user.then(withGroup) : withGroup(user);
    },
  };
}

function added(user: UserInfo): UserInfo {
  const { name, groups } = user;
  const isSettled = name === anonymous.name || groups.includes(authenticated) || groups.includes(unauthenticated);
  return isSettled ? user : { ...user, groups: [...groups, authenticated] };
}
