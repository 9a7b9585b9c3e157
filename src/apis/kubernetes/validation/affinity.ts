/** Where pods may run. Source: k8s.io/kubernetes/pkg/apis/core/validation (validateAffinity), v1.37 */
import { forbidden, invalid, required, type FieldError } from '../../../meta/field-error.ts';
import {
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  labelValueErrors,
  qualifiedNameErrors,
} from '../../../meta/names.ts';

type Text = string | undefined;
type List<T> = readonly (T | undefined)[] | undefined;

interface Requirement {
  readonly key?: Text;
  readonly operator?: Text;
  readonly values?: List<string>;
}
interface NodeTerm {
  readonly matchExpressions?: List<Requirement>;
  readonly matchFields?: List<Requirement>;
}
interface Selector {
  readonly matchLabels?: Readonly<Record<string, Text>> | undefined;
  readonly matchExpressions?: List<Requirement>;
}
interface PodTerm {
  readonly topologyKey?: Text;
  readonly namespaces?: List<string>;
  readonly labelSelector?: Selector | undefined;
  readonly namespaceSelector?: Selector | undefined;
  readonly matchLabelKeys?: List<string>;
  readonly mismatchLabelKeys?: List<string>;
}
interface PodRules {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: List<PodTerm>;
  readonly preferredDuringSchedulingIgnoredDuringExecution?: List<{
    readonly weight?: number | undefined;
    readonly podAffinityTerm?: PodTerm | undefined;
  }>;
}
/** A pod's affinity, in whatever shape the schema has left it. */
export interface Affinity {
  readonly nodeAffinity?:
    | {
        readonly requiredDuringSchedulingIgnoredDuringExecution?:
          { readonly nodeSelectorTerms?: List<NodeTerm> } | undefined;
        readonly preferredDuringSchedulingIgnoredDuringExecution?: List<{
          readonly weight?: number | undefined;
          readonly preference?: NodeTerm | undefined;
        }>;
      }
    | undefined;
  readonly podAffinity?: PodRules | undefined;
  readonly podAntiAffinity?: PodRules | undefined;
}

const needed = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

function each<T>(list: List<T>, path: string, errorsOf: (item: T, at: string) => FieldError[]): FieldError[] {
  return (list ?? []).flatMap((item, index) => (item === undefined ? [] : errorsOf(item, `${path}[${index}]`)));
}

/** @param path of the affinity, "spec.affinity" */
export function affinityErrors({ nodeAffinity, podAffinity, podAntiAffinity }: Affinity, path: string): FieldError[] {
  const terms = nodeAffinity?.[needed]?.nodeSelectorTerms;
  const node = `${path}.nodeAffinity`;
  return [
    ...(terms?.length === 0
      ? [required(`${node}.${needed}.nodeSelectorTerms`, 'must have at least one node selector term')]
      : each(terms, `${node}.${needed}.nodeSelectorTerms`, (term, at) => nodeTermErrors(term, at, true))),
    ...each(nodeAffinity?.[preferred], `${node}.${preferred}`, ({ weight, preference }, at) => [
      ...weightErrors(weight, at),
      ...(preference === undefined ? [] : nodeTermErrors(preference, `${at}.preference`, false)),
    ]),
    ...podRuleErrors(podAffinity, `${path}.podAffinity`),
    ...podRuleErrors(podAntiAffinity, `${path}.podAntiAffinity`),
  ];
}

function podRuleErrors(rules: PodRules | undefined, path: string): FieldError[] {
  return [
    ...each(rules?.[needed], `${path}.${needed}`, podTermErrors),
    ...each(rules?.[preferred], `${path}.${preferred}`, ({ weight, podAffinityTerm }, at) => [
      ...weightErrors(weight, at),
      ...(podAffinityTerm === undefined ? [] : podTermErrors(podAffinityTerm, `${at}.podAffinityTerm`)),
    ]),
  ];
}

const weightErrors = (weight: number | undefined, path: string): FieldError[] =>
  weight === undefined || (weight >= 1 && weight <= 100)
    ? []
    : [invalid(`${path}.weight`, weight, 'must be in the range 1-100')];

const keyErrors = (key: Text, path: string): FieldError[] =>
  key === undefined ? [] : qualifiedNameErrors(key).map((text) => invalid(path, key, text));

const valueErrors = (values: List<string>, path: string): FieldError[] =>
  each(values, path, (value, at) => labelValueErrors(value).map((text) => invalid(at, value, text)));

function nodeTermErrors(term: NodeTerm, path: string, checksValues: boolean): FieldError[] {
  return [
    ...each(term.matchExpressions, `${path}.matchExpressions`, (requirement, at) => [
      ...operatorErrors(requirement, at, ['Gt', 'Lt']),
      ...keyErrors(requirement.key, `${at}.key`),
      ...(checksValues ? valueErrors(requirement.values, `${at}.values`) : []),
    ]),
    ...each(term.matchFields, `${path}.matchFields`, nodeFieldErrors),
  ];
}

function operatorErrors({ operator, values = [] }: Requirement, path: string, others: readonly string[]): FieldError[] {
  switch (operator) {
    case undefined:
      return [];
    case 'In':
    case 'NotIn': {
      const wanted = "must be specified when `operator` is 'In' or 'NotIn'";
      return values.length === 0 ? [required(`${path}.values`, wanted)] : [];
    }
    case 'Exists':
    case 'DoesNotExist': {
      const wanted = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
      return values.length > 0 ? [forbidden(`${path}.values`, wanted)] : [];
    }
    default: {
      if (!others.includes(operator)) return [invalid(`${path}.operator`, operator, 'not a valid selector operator')];
      const wanted = "must be specified single value when `operator` is 'Lt' or 'Gt'";
      return values.length === 1 ? [] : [required(`${path}.values`, wanted)];
    }
  }
}

/** metadata.name is the one field of nodes that can be selected by. */
function nodeFieldErrors({ key, operator, values = [] }: Requirement, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (operator !== undefined && operator !== 'In' && operator !== 'NotIn') {
    errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  } else if (operator !== undefined && values.length !== 1) {
    const wanted = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(required(`${path}.values`, wanted));
  }
  if (key === undefined) return errors;
  if (key !== 'metadata.name') return [...errors, invalid(`${path}.key`, key, 'not a valid field selector key')];
  const named = each(values, `${path}.values`, (value, at) =>
    dns1123SubdomainErrors(value).map((text) => invalid(at, value, text)),
  );
  return [...errors, ...named];
}

function podTermErrors(term: PodTerm, path: string): FieldError[] {
  const { topologyKey, namespaces, labelSelector, namespaceSelector } = term;
  return [
    ...selectorErrors(labelSelector, `${path}.labelSelector`),
    ...selectorErrors(namespaceSelector, `${path}.namespaceSelector`),
    ...each(namespaces, path, (name) =>
      dns1123LabelErrors(name).map((text) => invalid(`${path}.namespace`, name, text)),
    ),
    ...labelKeyErrors(term, path),
    ...(topologyKey === '' ? [required(`${path}.topologyKey`, 'can not be empty')] : []),
    ...keyErrors(topologyKey, `${path}.topologyKey`),
  ];
}

/** Keys of labels whose values are those of the pod itself. */
function labelKeyErrors({ labelSelector, ...term }: PodTerm, path: string): FieldError[] {
  const alone = (['matchLabelKeys', 'mismatchLabelKeys'] as const).flatMap((field) => {
    const keys = term[field] ?? [];
    if (keys.length > 0 && labelSelector === undefined) {
      return [forbidden(`${path}.${field}`, 'must not be specified when labelSelector is not set')];
    }
    return each(keys, `${path}.${field}`, keyErrors);
  });
  const both = each(term.matchLabelKeys, `${path}.matchLabelKeys`, (key, at) =>
    term.mismatchLabelKeys?.includes(key) === true
      ? [invalid(at, key, 'exists in both matchLabelKeys and mismatchLabelKeys')]
      : [],
  );
  return [...alone, ...both];
}

function selectorErrors(selector: Selector | undefined, path: string): FieldError[] {
  const labels = Object.entries(selector?.matchLabels ?? {}).flatMap(([key, value]) => [
    ...keyErrors(key, `${path}.matchLabels`),
    ...(value === undefined ? [] : labelValueErrors(value).map((text) => invalid(`${path}.matchLabels`, value, text))),
  ]);
  return [
    ...labels,
    ...each(selector?.matchExpressions, `${path}.matchExpressions`, (requirement, at) => [
      ...operatorErrors(requirement, at, []),
      ...keyErrors(requirement.key, `${at}.key`),
      ...valueErrors(requirement.values, `${at}.values`),
    ]),
  ];
}
