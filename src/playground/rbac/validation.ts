/**
 * Validation of roles and bindings. Source: k8s.io/kubernetes/pkg/apis/rbac/validation/validation.go, and the
 * declarative rules of k8s.io/api/rbac/v1
 */
import { invalid, notSupported, required, type FieldError } from '../../meta/field-error.ts';
import { deepEqual } from '../../meta/json.ts';
import { labelSelectorFrom, type LabelSelectorSpec } from '../../meta/labels.ts';
import { dns1123SubdomainErrors } from '../../meta/names.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleSubject } from '../kinds.ts';
import { rbacGroup } from './resolver.ts';

/** Names of roles and bindings may hold everything that is valid in a URL path segment, for example "system:node". */
export function pathSegmentErrors(name: string, isPrefix = false): string[] {
  if (!isPrefix && (name === '.' || name === '..')) return [`may not be '${name}'`];
  return ['/', '%']
    .filter((character) => name.includes(character))
    .map((character) => `may not contain '${character}'`);
}

/** Validates a Role. Its rules cannot be about non-resource URLs. */
export function roleErrors({ rules }: Role): FieldError[] {
  return (rules ?? []).flatMap((rule, index) => ruleErrors(rule, `rules[${index}]`, true));
}

/** Validates a ClusterRole and its aggregationRule. */
export function clusterRoleErrors({ rules, aggregationRule }: ClusterRole): FieldError[] {
  const errors = (rules ?? []).flatMap((rule, index) => ruleErrors(rule, `rules[${index}]`, false));
  if (aggregationRule === undefined) return errors;
  const path = 'aggregationRule.clusterRoleSelectors';
  const selectors = aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) {
    errors.push(required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil'));
  }
  return [...errors, ...selectors.flatMap((selector, index) => selectorErrors(selector, `${path}[${index}]`))];
}

function selectorErrors(selector: LabelSelectorSpec, path: string): FieldError[] {
  try {
    labelSelectorFrom(selector);
    return [];
  } catch (error) {
    return [invalid(path, selector, error instanceof Error ? error.message : String(error))];
  }
}

function ruleErrors(rule: PolicyRule, path: string, isNamespaced: boolean): FieldError[] {
  const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const errors: FieldError[] = rule.verbs.length === 0 ? [required(`${path}.verbs`, '')] : [];
  if (nonResourceURLs.length > 0) {
    const refuse = (why: string) => errors.push(invalid(`${path}.nonResourceURLs`, nonResourceURLs, why));
    if (isNamespaced) refuse('namespaced rules cannot apply to non-resource URLs');
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      refuse('rules cannot apply to both regular resources and non-resource URLs');
    }
    return errors;
  }
  if (apiGroups.length === 0) {
    errors.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if (resources.length === 0) {
    errors.push(required(`${path}.resources`, 'resource rules must supply at least one resource'));
  }
  return errors;
}

/** Validates a binding. @param isNamespaced true for a RoleBinding, which may also refer to a Role */
export function bindingErrors(
  { roleRef, subjects }: RoleBinding | ClusterRoleBinding,
  isNamespaced: boolean,
): FieldError[] {
  const { apiGroup = '', kind, name } = roleRef;
  const kinds = isNamespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  return [
    ...(apiGroup === rbacGroup ? [] : [notSupported('roleRef.apiGroup', apiGroup, [rbacGroup])]),
    ...(kinds.includes(kind) ? [] : [notSupported('roleRef.kind', kind, kinds)]),
    ...(name === '' ? [required('roleRef.name', '')] : []),
    ...pathSegmentErrors(name).map((why) => invalid('roleRef.name', name, why)),
    ...(subjects ?? []).flatMap((subject, index) => subjectErrors(subject, `subjects[${index}]`, isNamespaced)),
  ];
}

/** Refuses a change of roleRef. The subjects of a binding may change, but another role needs another binding. */
export function roleRefErrors(
  { roleRef }: RoleBinding | ClusterRoleBinding,
  old: RoleBinding | ClusterRoleBinding,
): FieldError[] {
  return deepEqual(roleRef, old.roleRef) ? [] : [invalid('roleRef', roleRef, 'field is immutable')];
}

function subjectErrors(
  { kind, name, apiGroup = '', namespace = '' }: RoleSubject,
  path: string,
  isNamespaced: boolean,
): FieldError[] {
  const errors: FieldError[] = name === '' ? [required(`${path}.name`, '')] : [];
  switch (kind) {
    case 'ServiceAccount':
      if (name !== '') errors.push(...dns1123SubdomainErrors(name).map((why) => invalid(`${path}.name`, name, why)));
      if (apiGroup !== '') errors.push(notSupported(`${path}.apiGroup`, apiGroup, ['']));
      if (!isNamespaced && namespace === '') errors.push(required(`${path}.namespace`, ''));
      return errors;
    case 'User':
    case 'Group':
      if (apiGroup !== rbacGroup) errors.push(notSupported(`${path}.apiGroup`, apiGroup, [rbacGroup]));
      return errors;
    default:
      return [...errors, notSupported(`${path}.kind`, kind, ['ServiceAccount', 'User', 'Group'])];
  }
}
