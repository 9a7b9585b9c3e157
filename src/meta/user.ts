/**
 * Who makes a request, as authentication established it.
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/
 */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export const anonymous: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** Members of this group pass every authorization check. */
export const mastersGroup = 'system:masters';
