/** Which requests a policy or a binding is about. Source: k8s.io/apiserver/pkg/admission/plugin/policy/matching */
import type { MatchResources, NamedRule } from '../../../apis/kubernetes/types.ts';
import type { NamespaceReader } from '../../../clients/contract.ts';
import { labelSelectorFrom } from '../../../meta/labels.ts';
import type { AdmissionAttributes } from '../contract.ts';
import { ruleMatches } from '../rules.ts';
import { namespaceMatches, objectMatches } from '../selection.ts';

/**
 * Whether the request is one of those. Without rules all are that the selectors select.
 * @throws Error for a selector that is none, StatusError where the namespace cannot be had
 */
export async function isMatch(
  namespaces: Pick<NamespaceReader, 'get' | 'read'>,
  resources: MatchResources,
  attributes: AdmissionAttributes,
): Promise<boolean> {
  const { resourceRules = [], excludeResourceRules = [], objectSelector = {}, namespaceSelector = {} } = resources;
  if (excludeResourceRules.some((rule) => isNamed(rule, attributes))) return false;
  if (resourceRules.length > 0 && !resourceRules.some((rule) => isNamed(rule, attributes))) return false;
  if (!objectMatches(labelSelectorFrom(objectSelector), attributes)) return false;
  return namespaceMatches({ namespaces }, labelSelectorFrom(namespaceSelector), attributes.namespace);
}

function isNamed(rule: NamedRule, attributes: AdmissionAttributes): boolean {
  const { resourceNames = [] } = rule;
  return ruleMatches(rule, attributes) && (resourceNames.length === 0 || resourceNames.includes(attributes.name));
}
