/** Which requests a policy or a binding is about. Source: k8s.io/apiserver/pkg/admission/plugin/policy/matching */
import type { MatchResources, NamedRule } from '../../../apis/kubernetes/types.ts';
import type { NamespaceReader } from '../../../clients/contract.ts';
import { labelSelectorFrom } from '../../../meta/labels.ts';
import type { AdmissionAttributes } from '../contract.ts';
import { namedVersion, type NamedVersion } from '../equivalents.ts';
import { ruleMatches } from '../rules.ts';
import { namespaceMatches, objectMatches } from '../selection.ts';

/**
 * Whether the request is one of those, and in which version. Without rules all are that the selectors select.
 * @returns undefined if it is not
 * @throws Error for a selector that is none, StatusError where the namespace cannot be had
 */
export async function matchedVersion(
  namespaces: Pick<NamespaceReader, 'get' | 'read'>,
  resources: MatchResources,
  attributes: AdmissionAttributes,
): Promise<NamedVersion | undefined> {
  const { resourceRules = [], excludeResourceRules = [], matchPolicy } = resources;
  const { objectSelector = {}, namespaceSelector = {} } = resources;
  if (namedVersion(attributes, excludeResourceRules, matchPolicy, isNamed) !== undefined) return undefined;
  const version = resourceRules.length === 0 ? 'asked' : namedVersion(attributes, resourceRules, matchPolicy, isNamed);
  if (version === undefined || !objectMatches(labelSelectorFrom(objectSelector), attributes)) return undefined;
  const selector = labelSelectorFrom(namespaceSelector);
  return (await namespaceMatches({ namespaces }, selector, attributes.namespace)) ? version : undefined;
}

function isNamed(rule: NamedRule, attributes: AdmissionAttributes): boolean {
  const { resourceNames = [] } = rule;
  return ruleMatches(rule, attributes) && (resourceNames.length === 0 || resourceNames.includes(attributes.name));
}
