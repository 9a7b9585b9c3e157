/** rbac.authorization.k8s.io/v1: Roles, ClusterRoles and their bindings. */
import type { ResourceDefinition, Strategy, TableColumn } from '../../apiserver/resource.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding, RoleSubject } from '../kinds.ts';
import { changesOnlyLifetime, createEscalationCheck } from '../rbac/escalation.ts';
import { createRuleResolver, rbacGroup } from '../rbac/resolver.ts';
import { bindingErrors, clusterRoleErrors, pathSegmentErrors, roleErrors, roleRefErrors } from '../rbac/validation.ts';
import { ageColumn, nativeDefinition, textColumn, type DefinitionDeps } from '../native.ts';

const common = { hasGeneration: false, allowCreateOnUpdate: true, validateName: pathSegmentErrors } as const;

/** kubectl shows the creation time of roles, not their age. A column of type string is printed unchanged. */
function createdAtColumn<T extends KubeObject>(): TableColumn<T> {
  return textColumn('Created At', ageColumn().description, ({ metadata }) => metadata.creationTimestamp);
}

function roleStrategy<T extends Role | ClusterRole>(
  deps: DefinitionDeps,
  plural: 'roles' | 'clusterroles',
  errorsOf: (role: T) => ReturnType<typeof roleErrors>,
): Strategy<T> {
  const check = createEscalationCheck(createRuleResolver(deps.lookup));
  return {
    ...common,
    async prepareForCreate(context, role) {
      await check.role(context, plural, role);
      return role;
    },
    async prepareForUpdate(context, role, old) {
      if (!changesOnlyLifetime(role, old)) await check.role(context, plural, role, old);
      return role;
    },
    validateCreate: (_context, role) => errorsOf(role),
    validateUpdate: (_context, role) => errorsOf(role),
  };
}

/** Roles. A user cannot create or change one to hold permissions that the user does not have. */
export function roleDefinition(deps: DefinitionDeps): ResourceDefinition {
  return nativeDefinition<Role>(deps, {
    group: rbacGroup,
    plural: 'roles',
    kind: 'Role',
    schema: 'rbac.v1.Role',
    zeroValue: { rules: null },
    columns: [createdAtColumn()],
    strategy: roleStrategy<Role>(deps, 'roles', roleErrors),
  });
}

/** ClusterRoles, with aggregation rules. The same escalation check as for Roles applies. */
export function clusterRoleDefinition(deps: DefinitionDeps): ResourceDefinition {
  return nativeDefinition<ClusterRole>(deps, {
    group: rbacGroup,
    plural: 'clusterroles',
    kind: 'ClusterRole',
    namespaced: false,
    schema: 'rbac.v1.ClusterRole',
    zeroValue: { rules: null },
    columns: [createdAtColumn()],
    strategy: roleStrategy<ClusterRole>(deps, 'clusterroles', clusterRoleErrors),
  });
}

const zeroBinding = { roleRef: { apiGroup: '', kind: '', name: '' } };

/** Source: k8s.io/kubernetes/pkg/apis/rbac/v1/defaults.go */
function withDefaults<T extends RoleBinding | ClusterRoleBinding>(binding: T): T {
  const { roleRef, subjects } = binding;
  const subject = (one: RoleSubject): RoleSubject =>
    !one.apiGroup && (one.kind === 'User' || one.kind === 'Group') ? { ...one, apiGroup: rbacGroup } : one;
  return {
    ...binding,
    roleRef: { ...roleRef, apiGroup: roleRef.apiGroup || rbacGroup },
    ...(subjects === undefined ? {} : { subjects: subjects.map(subject) }),
  };
}

function bindingStrategy<T extends RoleBinding | ClusterRoleBinding>(
  deps: DefinitionDeps,
  plural: 'rolebindings' | 'clusterrolebindings',
): Strategy<T> {
  const check = createEscalationCheck(createRuleResolver(deps.lookup));
  const isNamespaced = plural === 'rolebindings';
  return {
    ...common,
    async prepareForCreate(context, binding) {
      await check.binding(context, plural, binding);
      return binding;
    },
    async prepareForUpdate(context, binding, old) {
      if (!changesOnlyLifetime(binding, old)) await check.binding(context, plural, binding);
      return binding;
    },
    validateCreate: (_context, binding) => bindingErrors(binding, isNamespaced),
    validateUpdate: (_context, binding, old) => [
      ...bindingErrors(binding, isNamespaced),
      ...roleRefErrors(binding, old),
    ],
  };
}

function bindingColumns<T extends RoleBinding | ClusterRoleBinding>(where: string): TableColumn<T>[] {
  const subjects = (kind: string, nameOf: (subject: RoleSubject) => string) => (binding: T) =>
    (binding.subjects ?? []).flatMap((one) => (one.kind === kind ? nameOf(one) : [])).join(', ');
  const account = ({ namespace, name }: RoleSubject): string => `${namespace ?? ''}/${name}`;
  return [
    textColumn(
      'Role',
      'RoleRef can reference a Role in the current namespace or a ClusterRole in the global namespace.',
      ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`,
    ),
    ageColumn(),
    textColumn(
      'Users',
      `Users in the ${where}`,
      subjects('User', ({ name }) => name),
      'wide',
    ),
    textColumn(
      'Groups',
      `Groups in the ${where}`,
      subjects('Group', ({ name }) => name),
      'wide',
    ),
    textColumn('ServiceAccounts', `ServiceAccounts in the ${where}`, subjects('ServiceAccount', account), 'wide'),
  ];
}

/** RoleBindings. The roleRef is immutable. A user needs all rules of the role, or the verb `bind` on it. */
export function roleBindingDefinition(deps: DefinitionDeps): ResourceDefinition {
  return nativeDefinition<RoleBinding>(deps, {
    group: rbacGroup,
    plural: 'rolebindings',
    kind: 'RoleBinding',
    schema: 'rbac.v1.RoleBinding',
    zeroValue: zeroBinding,
    columns: bindingColumns('roleBinding'),
    defaults: withDefaults,
    strategy: bindingStrategy<RoleBinding>(deps, 'rolebindings'),
  });
}

/** ClusterRoleBindings: like RoleBindings, but only of ClusterRoles, and for the whole cluster. */
export function clusterRoleBindingDefinition(deps: DefinitionDeps): ResourceDefinition {
  return nativeDefinition<ClusterRoleBinding>(deps, {
    group: rbacGroup,
    plural: 'clusterrolebindings',
    kind: 'ClusterRoleBinding',
    namespaced: false,
    schema: 'rbac.v1.ClusterRoleBinding',
    zeroValue: zeroBinding,
    columns: bindingColumns('clusterRoleBinding'),
    defaults: withDefaults,
    strategy: bindingStrategy<ClusterRoleBinding>(deps, 'clusterrolebindings'),
  });
}
