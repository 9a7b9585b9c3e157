/**
 * Finds the rules that a user has through ClusterRoleBindings and through the RoleBindings of a namespace.
 * Source: k8s.io/kubernetes/pkg/registry/rbac/validation/rule.go
 */
import type { KubeObject } from '../../meta/object.ts';
import { notFound, StatusError } from '../../meta/status.ts';
import type { UserInfo } from '../../meta/user.ts';
import type { RegistryLookup } from '../native.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, RoleSubject } from '../kinds.ts';

/** The API group of roles and bindings. */
export const rbacGroup = 'rbac.authorization.k8s.io';

interface GrantedRule {
  readonly rule: PolicyRule;
  /** For example `ClusterRoleBinding "b" of ClusterRole "r" to User "u"`, in the words of kube-apiserver. */
  readonly source: string;
}

/** Finds rules by user or by role. */
export interface RuleResolver {
  /**
   * The rules of the user, those of ClusterRoleBindings first. The namespace is '' for requests without a namespace.
   * @param onProblem is called for each binding to a role that does not exist; such a binding grants nothing
   */
  readonly granted: (user: UserInfo, namespace: string, onProblem?: (error: Error) => void) => Iterable<GrantedRule>;
  /** The rules of a role. @throws StatusError 404 if there is no such role */
  readonly rulesOf: (roleRef: RoleRef, namespace: string) => readonly PolicyRule[];
}

/** Reads the caches, so the answers are as current as the caches are. */
export function createRuleResolver({ registry }: RegistryLookup): RuleResolver {
  const cacheOf = <T extends KubeObject>(plural: string) => registry<T>(rbacGroup, plural).cache;

  function rulesOf({ kind, name }: RoleRef, namespace: string): readonly PolicyRule[] {
    const isRole = kind === 'Role';
    const plural = isRole ? 'roles' : 'clusterroles';
    const role = cacheOf<Role | ClusterRole>(plural).get(isRole ? namespace : '', name)?.object;
    if (role === undefined) throw notFound({ group: rbacGroup, resource: plural.slice(0, -1) }, name);
    return role.rules ?? [];
  }

  function* ofBinding(
    { kind, metadata, roleRef, subjects = [] }: RoleBinding | ClusterRoleBinding,
    user: UserInfo,
    onProblem: (error: Error) => void,
  ): Iterable<GrantedRule> {
    const { namespace = '', name = '' } = metadata;
    const subject = subjects.find((one) => isSubject(one, user, namespace));
    if (subject === undefined) return;
    const binding = JSON.stringify(namespace === '' ? name : `${name}/${namespace}`);
    const source = `${kind} ${binding} of ${roleRef.kind} ${JSON.stringify(roleRef.name)} to ${describe(subject, namespace)}`;
    try {
      for (const rule of rulesOf(roleRef, namespace)) yield { rule, source };
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      onProblem(error);
    }
  }

  return {
    rulesOf,
    *granted(user, namespace, onProblem = () => undefined) {
      for (const { object } of cacheOf<ClusterRoleBinding>('clusterrolebindings').list({}).objects) {
        yield* ofBinding(object, user, onProblem);
      }
      if (namespace === '') return;
      for (const { object } of cacheOf<RoleBinding>('rolebindings').list({ namespace }).objects) {
        yield* ofBinding(object, user, onProblem);
      }
    },
  };
}

/** @param namespace of the binding, which is also that of a ServiceAccount without a namespace */
function isSubject({ kind, name, namespace: own }: RoleSubject, user: UserInfo, namespace: string): boolean {
  if (kind === 'User') return user.name === name;
  if (kind === 'Group') return user.groups.includes(name);
  const where = own || namespace;
  return kind === 'ServiceAccount' && where !== '' && user.name === `system:serviceaccount:${where}:${name}`;
}

function describe({ kind, name, namespace: own }: RoleSubject, namespace: string): string {
  return `${kind} ${JSON.stringify(kind === 'ServiceAccount' ? `${name}/${own || namespace}` : name)}`;
}
