/** Which values in specs and native objects mean the same as no value at all. */
import { isJsonObject } from '../../meta/json.ts';

/** Maps of labels and annotations: '' is a value like any other in them. */
const textMaps: ReadonlySet<string> = new Set(['labels', 'annotations', 'matchLabels', 'nodeSelector']);

/**
 * An empty selector selects everything. An absent one selects nothing, or the pod's own namespace.
 * Source: LabelSelector in k8s.io/apimachinery/pkg/apis/meta/v1, PodAffinityTerm in k8s.io/api/core/v1
 */
const selectors: ReadonlySet<string> = new Set(['labelSelector', 'namespaceSelector']);

/**
 * Whether Kubernetes takes the value for an absent one.
 * @param field whose value it is
 * @param holder the field that this field is in; '' for none
 */
export function meansNothing(value: unknown, field: string, holder: string): boolean {
  if (value === undefined || value === null) return true;
  if (textMaps.has(holder) || selectors.has(field)) return false;
  return value === '' || (Array.isArray(value) ? value.length === 0 : isJsonObject(value) && isEmpty(value));
}

const isEmpty = (object: object): boolean => Object.keys(object).length === 0;
