/** A text for each access request; equal requests have equal texts. */
import { hash } from 'node:crypto';
import type { AccessRequest } from '../clients/contract.ts';
import type { UserInfo } from '../meta/user.ts';

/** The text of a user is made once for each user object. */
export function createAccessKey(): (request: AccessRequest) => string {
  const users = new WeakMap<UserInfo, string>();
  return ({ user, verb, resource, path }) => {
    let who = users.get(user);
    if (who === undefined) users.set(user, (who = userKey(user)));
    if (resource === undefined) return `${who}-${part(verb)}${part(path ?? '')}`;
    const { group, version, subresource, namespace, name } = resource;
    return (
      `${who}=${part(verb)}${part(group)}${part(version)}${part(resource.resource)}` +
      `${part(subresource)}${part(namespace)}${part(name)}`
    );
  };
}

/** With its length, because it may contain any character: two different lists never give the same text. */
function part(text: string): string {
  return `${text.length}:${text}`;
}

/** The order of groups and of the keys of extra does not matter. */
function userKey({ name, uid, groups, extra = {} }: UserInfo): string {
  const sorted = Object.keys(extra)
    .sort()
    .map((key) => [key, extra[key]]);
  return hash('sha256', JSON.stringify([name, uid ?? '', [...groups].sort(), sorted]), 'base64');
}
