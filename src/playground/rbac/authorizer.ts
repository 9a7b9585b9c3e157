/** Role-based access control: a request is refused unless a rule allows it. */
import type { Authorizer } from '../../auth/contract.ts';
import type { UserInfo } from '../../meta/user.ts';
import type { PolicyRule } from '../kinds.ts';
import type { RuleResolver } from './resolver.ts';
import { ruleAllows } from './rules.ts';

/** Allows what a rule of the user allows. Source: k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/rbac.go */
export function createRbacAuthorizer(resolver: RuleResolver): Authorizer {
  return {
    authorize(request) {
      const problems: string[] = [];
      const namespace = request.resource?.namespace ?? '';
      const rules = resolver.granted(request.user, namespace, (error) => problems.push(error.message));
      for (const { rule, source } of rules) {
        if (ruleAllows(rule, request)) return { allowed: true, reason: `RBAC: allowed by ${source}` };
      }
      if (problems.length === 0) return { allowed: false, reason: '' };
      const [first = '', ...others] = new Set(problems);
      return { allowed: false, reason: `RBAC: ${others.length === 0 ? first : `[${[first, ...others].join(', ')}]`}` };
    },
  };
}

/** All rules that the user has in the namespace and in the whole cluster, including rules about paths. */
export function allRulesOf(resolver: RuleResolver, user: UserInfo, namespace: string): readonly PolicyRule[] {
  return Array.from(resolver.granted(user, namespace), ({ rule }) => rule);
}
