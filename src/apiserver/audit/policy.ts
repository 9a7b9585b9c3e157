/** Decides whether and at which level a request is audited. Source of the rules: k8s.io/apiserver/pkg/audit/policy */
import type { UserInfo } from '../../meta/user.ts';
import type { RequestInfo } from '../exchange.ts';
import type { Level, Stage } from './contract.ts';

/** Resources of one API group in a rule. */
export interface GroupResources {
  /** '' or absent is the core group, '*' any. */
  readonly group?: string;
  /** "pods", "pods/log", "pods/*", "*\/scale", "*"; none: all there are. */
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** A request matches if every non-empty list contains it. */
export interface PolicyRule {
  readonly level: Level;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly GroupResources[];
  /** '' means requests without a namespace. */
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly omitStages?: readonly Stage[];
  readonly omitManagedFields?: boolean;
}

/** An audit policy. Source: Policy in k8s.io/apiserver/pkg/apis/audit/v1 */
export interface AuditPolicy {
  readonly rules: readonly PolicyRule[];
  /** Stages omitted in addition to those of a rule. */
  readonly omitStages?: readonly Stage[];
  /** Used by rules that do not set it. */
  readonly omitManagedFields?: boolean;
}

interface AuditDecision {
  readonly level: Level;
  readonly omitStages: ReadonlySet<Stage>;
  readonly omitManagedFields: boolean;
}

/**
 * The first matching rule decides; without one, nothing is written.
 * @returns a function of the request and its user, who is undefined if authentication failed
 */
export function createPolicyEvaluator(
  policy: AuditPolicy,
): (info: RequestInfo, user: UserInfo | undefined) => AuditDecision {
  const decisionOf = ({ level, omitStages = [], omitManagedFields }: PolicyRule): AuditDecision => ({
    level,
    omitStages: new Set([...(policy.omitStages ?? []), ...omitStages]),
    omitManagedFields: omitManagedFields ?? policy.omitManagedFields ?? false,
  });
  const rules = policy.rules.map((rule) => ({ rule, decision: decisionOf(rule) }));
  const nothing = decisionOf({ level: 'None' });
  return (info, user) => rules.find(({ rule }) => matches(rule, info, user))?.decision ?? nothing;
}

/** Whether the list contains the value; an empty or absent list contains everything. */
function allows(list: readonly string[] | undefined, value: string | undefined): boolean {
  return list === undefined || list.length === 0 || (value !== undefined && list.includes(value));
}

function isGiven(list: readonly unknown[] | undefined): boolean {
  return list !== undefined && list.length > 0;
}

function matches(rule: PolicyRule, info: RequestInfo, user: UserInfo | undefined): boolean {
  const { userGroups, resources, namespaces, nonResourceURLs } = rule;
  if (!allows(rule.users, user?.name) || !allows(rule.verbs, info.verb)) return false;
  if (isGiven(userGroups) && user?.groups.some((group) => allows(userGroups, group)) !== true) return false;
  if (isGiven(resources) || isGiven(namespaces)) {
    if (!info.isResourceRequest || !allows(namespaces, info.namespace)) return false;
    return !isGiven(resources) || resources?.some((one) => matchesResource(one, info)) === true;
  }
  if (!isGiven(nonResourceURLs)) return true;
  return !info.isResourceRequest && nonResourceURLs?.some((url) => matchesUrl(url, info.path)) === true;
}

function matchesResource({ group = '', resources, resourceNames }: GroupResources, info: RequestInfo): boolean {
  if (group !== '*' && group !== info.group) return false;
  if (resources === undefined || resources.length === 0) return true;
  return allows(resourceNames, info.name) && resources.some((one) => matchesName(one, info));
}

function matchesName(wanted: string, { resource, subresource }: RequestInfo): boolean {
  if (wanted === '*' || wanted === (subresource === '' ? resource : `${resource}/${subresource}`)) return true;
  if (subresource !== '' && wanted === `*/${subresource}`) return true;
  // Matches the resource itself, too, as in kube-apiserver.
  return wanted === `${resource}/*`;
}

function matchesUrl(wanted: string, path: string): boolean {
  if (wanted === '*' || wanted === path) return true;
  return wanted.endsWith('*') && path.startsWith(wanted.replace(/\*+$/, ''));
}
