/** Decides whether a webhook is called for a request. Source: k8s.io/apiserver/pkg/admission/plugin/webhook/generic */
import type { NamespaceReader } from '../../clients/contract.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { LabelSelector } from '../../meta/labels.ts';
import { forbiddenRequest, internalError, notFound, StatusError } from '../../meta/status.ts';
import type { AdmissionAttributes } from './contract.ts';
import { attributesIn, namedVersion, type NamedVersion } from './equivalents.ts';
import type { MatchConditions } from './match-conditions.ts';
import type { AdmissionMetrics } from './metrics.ts';
import { ruleMatches } from './rules.ts';
import type { Webhook, WebhookType } from './webhook.ts';

/** What selecting webhooks needs. */
export interface SelectionDependencies {
  readonly namespaces: Pick<NamespaceReader, 'get' | 'read'>;
  readonly conditions: MatchConditions;
  readonly metrics: AdmissionMetrics;
}

/**
 * Whether the webhook's rules, selectors and match conditions select the request, and in which version it is shown to it.
 * @returns undefined if they do not
 * @throws StatusError 403 if a match condition fails and failurePolicy is Fail, 404 if the namespace does not exist,
 *        500 if its labels cannot be read
 */
export async function selectedVersion(
  dependencies: SelectionDependencies,
  type: WebhookType,
  webhook: Webhook,
  attributes: AdmissionAttributes,
): Promise<NamedVersion | undefined> {
  const { rules = [], matchConditions = [], matchPolicy } = webhook.spec;
  const version = namedVersion(attributes, rules, matchPolicy, ruleMatches);
  if (version === undefined || !objectMatches(webhook.objectSelector(), attributes)) return undefined;
  if (!(await namespaceMatches(dependencies, webhook.namespaceSelector(), attributes.namespace))) return undefined;
  if (matchConditions.length === 0) return version;
  return (await conditionsHold(dependencies, type, webhook, attributesIn(version, attributes))) ? version : undefined;
}

/** Whether the old or the new object has the labels. */
export function objectMatches(selector: LabelSelector, { object, oldObject }: AdmissionAttributes): boolean {
  const matches = (one: KubeObject | undefined): boolean =>
    one !== undefined && selector.matches(one.metadata.labels ?? {});
  return selector.empty || matches(object) || matches(oldObject);
}

/** Whether the namespace has the labels; what is in no namespace matches. @throws StatusError as selectedVersion */
export async function namespaceMatches(
  { namespaces }: Pick<SelectionDependencies, 'namespaces'>,
  selector: LabelSelector,
  name: string,
): Promise<boolean> {
  if (selector.empty || name === '') return true;
  const namespace = await namespaceNamed(namespaces, name);
  return selector.matches(namespace.metadata.labels ?? {});
}

/** The namespace; one that was made a moment ago is asked for. @throws StatusError 404, or 500 if it cannot be read */
export async function namespaceNamed(
  namespaces: SelectionDependencies['namespaces'],
  name: string,
): Promise<KubeObject> {
  const known = namespaces.get('', name);
  if (known !== undefined) return known;
  let found: KubeObject | undefined;
  try {
    found = await namespaces.read({ namespace: '', name });
  } catch (error) {
    throw internalError(error);
  }
  if (found === undefined) throw notFound({ group: '', resource: 'namespaces' }, name);
  return found;
}

async function conditionsHold(
  { conditions, metrics }: SelectionDependencies,
  type: WebhookType,
  webhook: Webhook,
  attributes: AdmissionAttributes,
): Promise<boolean> {
  const { spec, ignoresFailures } = webhook;
  const { operation, resource, name } = attributes;
  const { isExcluded, errors } = await conditions.evaluate(type, webhook, attributes);
  for (let count = 0; count < errors.length; count++) metrics.conditionFailed(spec.name, type, operation);
  if (isExcluded || (errors.length > 0 && ignoresFailures)) {
    metrics.excluded(spec.name, type, operation);
    return false;
  }
  if (errors.length === 0) return true;
  const unique = [...new Set(errors)];
  const why = unique.length === 1 ? (unique[0] ?? '') : `[${unique.join(', ')}]`;
  const { message, status } = forbiddenRequest(resource, name, why);
  throw new StatusError(403, 'Forbidden', message, status.details);
}
