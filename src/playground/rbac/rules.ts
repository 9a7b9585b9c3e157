/**
 * What the rules of roles allow, and which rules cover others.
 * Source: k8s.io/kubernetes/pkg/apis/rbac/v1/evaluation_helpers.go, k8s.io/component-helpers/auth/rbac/validation
 */
import type { AccessRequest } from '../../clients/contract.ts';
import type { PolicyRule } from '../kinds.ts';

const all = '*';

/** Whether the rule allows the request. The user of the request is not checked. */
export function ruleAllows(rule: PolicyRule, { verb, resource: asked, path }: AccessRequest): boolean {
  if (!hasOrAll(rule.verbs, verb)) return false;
  if (asked === undefined) return (rule.nonResourceURLs ?? []).some((url) => urlCovers(url, path ?? ''));
  const { group, resource, subresource, name } = asked;
  const names = rule.resourceNames ?? [];
  return (
    hasOrAll(rule.apiGroups ?? [], group) &&
    resourceMatches(rule.resources ?? [], resource, subresource) &&
    (names.length === 0 || names.includes(name))
  );
}

const hasOrAll = (list: readonly string[], wanted: string): boolean => list.includes(all) || list.includes(wanted);

/** "pods" excludes subresources, "pods/log" is only that one, and "*" before "/scale" is every resource's scale. */
function resourceMatches(listed: readonly string[], resource: string, subresource: string): boolean {
  if (subresource === '') return hasOrAll(listed, resource);
  return hasOrAll(listed, `${resource}/${subresource}`) || listed.includes(`*/${subresource}`);
}

/** A star at the end matches any rest of the path; "*" alone matches every path. */
function urlCovers(url: string, path: string): boolean {
  return url === path || (url.endsWith(all) && path.startsWith(url.replace(/\*+$/, '')));
}

/**
 * The part of `wanted` that `held` does not cover, as rules with one group, resource, verb and name each.
 * @returns empty if `held` covers everything
 */
export function missingRules(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(brokenDown).filter((one) => !held.some((rule) => covers(rule, one)));
}

function brokenDown({ apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs }: PolicyRule) {
  const named = resourceNames.length === 0 ? [{}] : resourceNames.map((name) => ({ resourceNames: [name] }));
  return [
    ...apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) =>
          named.map((names): PolicyRule => ({ apiGroups: [group], resources: [resource], verbs: [verb], ...names })),
        ),
      ),
    ),
    ...nonResourceURLs.flatMap((url) => verbs.map((verb): PolicyRule => ({ nonResourceURLs: [url], verbs: [verb] }))),
  ];
}

/** Whether `rule` covers `one`. @param one has one group, resource, verb and name, or one URL and verb */
function covers(rule: PolicyRule, one: PolicyRule): boolean {
  const has = (list: readonly string[] = [], wanted: readonly string[] = []) =>
    wanted.every((each) => hasOrAll(list, each));
  const { resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const resourcesCovered = (one.resources ?? []).every((each) => {
    const subresource = each.split('/').slice(1).join('/');
    return hasOrAll(resources, each) || (subresource !== '' && resources.includes(`*/${subresource}`));
  });
  const names = one.resourceNames ?? [];
  const namesCovered =
    resourceNames.length === 0 || (names.length > 0 && names.every((name) => resourceNames.includes(name)));
  const urlsCovered = (one.nonResourceURLs ?? []).every((url) => nonResourceURLs.some((held) => urlCovers(held, url)));
  return (
    has(rule.verbs, one.verbs) && has(rule.apiGroups, one.apiGroups) && resourcesCovered && namesCovered && urlsCovered
  );
}

/** Rules as kube-apiserver lists them in its errors, sorted. Rules that differ only in their verbs are merged. */
export function describeRules(rules: readonly PolicyRule[]): string[] {
  const compact = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames, rule.nonResourceURLs && rule]);
    const known = compact.get(key);
    compact.set(key, known === undefined ? rule : { ...known, verbs: [...known.verbs, ...rule.verbs] });
  }
  return [...compact.values()].map(describeRule).sort();
}

const quoted = (list: readonly string[]): string => `[${list.map((each) => JSON.stringify(each)).join(' ')}]`;

function describeRule({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string {
  const parts = Object.entries({
    APIGroups: apiGroups,
    Resources: resources,
    NonResourceURLs: nonResourceURLs,
    ResourceNames: resourceNames,
    Verbs: verbs,
  });
  const said = parts.flatMap(([name, list]) =>
    list === undefined || list.length === 0 ? [] : `${name}:${quoted(list)}`,
  );
  return `{${said.join(', ')}}`;
}
