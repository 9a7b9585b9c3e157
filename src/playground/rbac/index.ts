/** Access control by the stored roles and bindings. */
import type { Authorizer } from '../../auth/contract.ts';
import type { UserInfo } from '../../meta/user.ts';
import type { RegistryLookup } from '../native.ts';
import type { PolicyRule } from '../kinds.ts';
import { allRulesOf, createRbacAuthorizer } from './authorizer.ts';
import { createRuleResolver } from './resolver.ts';

/** The authorizer, and the rules for SelfSubjectRulesReviews. */
interface AccessRules {
  readonly authorizer: Authorizer;
  /** All that a user may do in a namespace and in the whole cluster. */
  readonly rules: (user: UserInfo, namespace: string) => readonly PolicyRule[];
}

/** Works on the caches. Until they are filled, it refuses every request. */
export function createAccessRules(lookup: RegistryLookup): AccessRules {
  const resolver = createRuleResolver(lookup);
  return {
    authorizer: createRbacAuthorizer(resolver),
    rules: (user, namespace) => allRulesOf(resolver, user, namespace),
  };
}
