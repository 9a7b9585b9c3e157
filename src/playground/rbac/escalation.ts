/**
 * Users cannot grant permissions that they do not have. A role may hold only rules that its author has, and only a user
 * who has all rules of a role can bind it. The verbs `escalate` (on roles) and `bind` lift this restriction.
 * Source: k8s.io/kubernetes/pkg/registry/rbac/{clusterrole,clusterrolebinding,role,rolebinding}/policybased
 */
import type { CallContext } from '../../apiserver/resource.ts';
import { deepEqual } from '../../meta/json.ts';
import type { KubeObject } from '../../meta/object.ts';
import { forbiddenRequest, isReason, notFound } from '../../meta/status.ts';
import { mastersGroup, type UserInfo } from '../../meta/user.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding } from '../kinds.ts';
import { allRulesOf, createRbacAuthorizer } from './authorizer.ts';
import { rbacGroup, type RuleResolver } from './resolver.ts';
import { describeRules, missingRules } from './rules.ts';

/** Checks writes of roles and bindings. Members of `system:masters` pass every check. */
interface EscalationCheck {
  /** @throws StatusError 403 if the role holds a rule that the user does not have */
  role(
    context: CallContext,
    plural: 'roles' | 'clusterroles',
    role: Role | ClusterRole,
    old?: ClusterRole,
  ): Promise<void>;
  /** @throws StatusError 403 if the user does not have all rules of the role; 404 if the role does not exist */
  binding(
    context: CallContext,
    plural: 'rolebindings' | 'clusterrolebindings',
    binding: RoleBinding | ClusterRoleBinding,
  ): Promise<void>;
}

const fullAuthority: readonly PolicyRule[] = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['*'] },
];

/** The check, by the rules that the resolver finds for the user. */
export function createEscalationCheck(resolver: RuleResolver): EscalationCheck {
  const authorizer = createRbacAuthorizer(resolver);
  async function may(
    user: UserInfo,
    verb: string,
    resource: string,
    name: string,
    namespace: string,
  ): Promise<boolean> {
    const asked = { group: rbacGroup, version: '*', resource, subresource: '', namespace, name };
    return (await authorizer.authorize({ user, verb, resource: asked })).allowed;
  }
  function refuseMissing(
    user: UserInfo,
    resource: string,
    { metadata }: KubeObject,
    rules: readonly PolicyRule[],
  ): void {
    const { namespace = '', name = '' } = metadata;
    const missing = missingRules(allRulesOf(resolver, user, namespace), rules);
    if (missing.length === 0) return;
    const groups = user.groups.map((group) => JSON.stringify(group)).join(' ');
    const who = `user ${JSON.stringify(user.name)} (groups=[${groups}])`;
    const why = `${who} is attempting to grant RBAC permissions not currently held:\n${describeRules(missing).join('\n')}`;
    throw forbiddenRequest({ group: rbacGroup, resource }, name, why);
  }
  return {
    async role({ user }, plural, role, old) {
      const { namespace = '', name = '' } = role.metadata;
      if (user.groups.includes(mastersGroup) || (await may(user, 'escalate', plural, name, namespace))) return;
      refuseMissing(user, plural, role, role.rules ?? []);
      if (!hasAggregation(role) && !(old !== undefined && hasAggregation(old))) return;
      if (missingRules(allRulesOf(resolver, user, ''), fullAuthority).length === 0) return;
      const why = 'must have cluster-admin privileges to use the aggregationRule';
      throw forbiddenRequest({ group: rbacGroup, resource: plural }, name, why);
    },
    async binding({ user }, plural, binding) {
      if (user.groups.includes(mastersGroup)) return;
      const { roleRef, metadata } = binding;
      const namespace = metadata.namespace ?? '';
      const resource = roleRef.kind === 'Role' ? 'roles' : 'clusterroles';
      if (await may(user, 'bind', resource, roleRef.name, namespace)) return;
      try {
        refuseMissing(user, plural, binding, resolver.rulesOf(roleRef, namespace));
      } catch (error) {
        if (!isReason(error, 'NotFound')) throw error;
        throw notFound({ group: rbacGroup, resource: plural }, roleRef.name);
      }
    },
  };
}

function hasAggregation(role: Role | ClusterRole): boolean {
  return 'aggregationRule' in role && (role.aggregationRule.clusterRoleSelectors ?? []).length > 0;
}

/** Whether only finalizers and owner references change. Garbage collection may always change these. */
export function changesOnlyLifetime(object: KubeObject, old: KubeObject): boolean {
  const { metadata: now, ...rest } = object;
  const { metadata: before, ...restBefore } = old;
  const kept = { ownerReferences: before.ownerReferences, finalizers: before.finalizers };
  return deepEqual(rest, restBefore) && deepEqual({ ...now, ...kept }, { ...before, ...kept });
}
