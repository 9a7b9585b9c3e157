/** What the user may do, so that nothing is offered that would be refused. */
import { ApiError } from '../live/api.ts';
import type { Api } from './api.ts';

/** Source: authorization.k8s.io/v1 ResourceRule */
interface ResourceRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Whether the user may use the verb on the resource ("kubedirectorclusters/restart") of that name. */
export type Rights = (verb: string, resource: string, name: string) => boolean;

/** Nobody has answered yet. */
export const noRights: Rights = () => false;

/**
 * The rights in a namespace. Where they cannot be asked for, or are not all known, everything is offered, and the server
 * decides. Source: SelfSubjectRulesReview
 */
export async function readRights(api: Api, namespace: string): Promise<Rights> {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace },
  };
  try {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
    interface Review {
      readonly status: { readonly resourceRules: readonly ResourceRule[]; readonly incomplete: boolean };
    }
    const { status } = await api.json<Review>(path, { method: 'POST', body });
    if (status.incomplete) return () => true;
    return (verb, resource, name) => status.resourceRules.some((rule) => allows(rule, verb, resource, name));
  } catch (error) {
    if (error instanceof ApiError) return () => true;
    throw error;
  }
}

function allows(rule: ResourceRule, verb: string, resource: string, name: string): boolean {
  const { verbs, apiGroups = [], resources = [], resourceNames = [] } = rule;
  const has = (list: readonly string[], ...values: readonly string[]): boolean =>
    list.includes('*') || values.some((value) => list.includes(value));
  const [, subresource] = resource.split('/');
  const names = subresource === undefined ? [resource] : [resource, `*/${subresource}`];
  if (!has(verbs, verb) || !has(apiGroups, 'kubedirector.hpe.com') || !has(resources, ...names)) return false;
  return resourceNames.length === 0 || resourceNames.includes(name);
}
