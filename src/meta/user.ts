/**
 * The user who makes a request, as authentication found out.
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/
 */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** The user of a request without credentials. */
export const anonymous: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** Members of this group pass every authorization check. */
export const mastersGroup = 'system:masters';
