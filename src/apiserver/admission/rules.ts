/** Which requests a webhook's rules select. Source: k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/rules */
import type { WebhookRule } from '../../apis/kubernetes/types.ts';
import type { AdmissionAttributes } from './contract.ts';

type Matched = Pick<AdmissionAttributes, 'operation' | 'resource' | 'subresource' | 'namespace'>;

/** Whether the rule selects the request. */
export function ruleMatches(rule: WebhookRule, { operation, resource, subresource, namespace }: Matched): boolean {
  return (
    inScope(rule.scope, namespace) &&
    names(rule.operations, operation) &&
    names(rule.apiGroups, resource.group) &&
    names(rule.apiVersions, resource.version) &&
    (rule.resources ?? []).some((pattern) => resourceMatches(pattern, resource.resource, subresource))
  );
}

/** Whether the rule may match anything in this group. */
export function ruleNamesGroup({ apiGroups }: WebhookRule, group: string): boolean {
  return names(apiGroups, group);
}

function names(list: readonly string[] = [], value: string): boolean {
  return list.includes('*') || list.includes(value);
}

function inScope(scope: WebhookRule['scope'] = '*', namespace: string): boolean {
  return scope === '*' || (scope === 'Namespaced') === (namespace !== '');
}

/** A name without a slash means the resource without its subresources. */
function resourceMatches(pattern: string, resource: string, subresource: string): boolean {
  const slash = pattern.indexOf('/');
  const ofResource = slash < 0 ? pattern : pattern.slice(0, slash);
  const ofSubresource = slash < 0 ? '' : pattern.slice(slash + 1);
  return (ofResource === '*' || ofResource === resource) && (ofSubresource === '*' || ofSubresource === subresource);
}
