/** Who may do what, by the roles and bindings that are stored. */
import type { Authorizer } from '../../auth/contract.ts';
import type { UserInfo } from '../../meta/user.ts';
import type { RegistryLookup } from '../definitions/native.ts';
import type { PolicyRule } from '../kinds.ts';
import { allRulesOf, createRbacAuthorizer } from './authorizer.ts';
import { createRuleResolver } from './resolver.ts';

interface AccessRules {
  readonly authorizer: Authorizer;
  /** All that a user may do in a namespace, and cluster-wide. */
  readonly rules: (user: UserInfo, namespace: string) => readonly PolicyRule[];
}

/** Needs caches that have been filled: before, nobody may do anything. */
export function createAccessRules(lookup: RegistryLookup): AccessRules {
  const resolver = createRuleResolver(lookup);
  return {
    authorizer: createRbacAuthorizer(resolver),
    rules: (user, namespace) => allRulesOf(resolver, user, namespace),
  };
}
