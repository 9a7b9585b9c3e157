/**
 * Tolerations, node selectors, spread constraints and priority classes.
 * Source: ValidateTolerations, validateTopologySpreadConstraints, ValidatePodSpec in k8s.io/kubernetes/pkg/apis/core/validation, v1.37
 */
import { invalid, notSupported, required, type FieldError } from '../../../meta/field-error.ts';
import { dns1123SubdomainErrors, labelValueErrors, qualifiedNameErrors } from '../../../meta/names.ts';

type Text = string | undefined;
type List<T> = readonly (T | undefined)[] | undefined;

interface Toleration {
  readonly key?: Text;
  readonly operator?: Text;
  readonly value?: Text;
  readonly effect?: Text;
  readonly tolerationSeconds?: number | undefined;
}

interface SpreadConstraint {
  readonly maxSkew?: number | undefined;
  readonly topologyKey?: Text;
  readonly whenUnsatisfiable?: Text;
  readonly minDomains?: number | undefined;
  readonly nodeAffinityPolicy?: Text;
  readonly nodeTaintsPolicy?: Text;
}

/** Where pods may run, besides their affinity, in whatever shape the schema has left it. */
export interface Scheduling {
  readonly tolerations?: List<Toleration>;
  readonly nodeSelector?: Readonly<Record<string, Text>> | undefined;
  readonly topologySpreadConstraints?: List<SpreadConstraint>;
  readonly priorityClassName?: Text;
}

/** @param path of the object that has these fields */
export function schedulingErrors(scheduling: Scheduling, path: string): FieldError[] {
  const { tolerations, nodeSelector = {}, topologySpreadConstraints, priorityClassName = '' } = scheduling;
  const classErrors = priorityClassName === '' ? [] : dns1123SubdomainErrors(priorityClassName);
  return [
    ...each(tolerations, `${path}.tolerations`, tolerationErrors),
    ...each(topologySpreadConstraints, `${path}.topologySpreadConstraints`, spreadErrors),
    ...Object.entries(nodeSelector).flatMap(([key, value = '']) =>
      [...qualifiedNameErrors(key), ...labelValueErrors(value)].map((why) =>
        invalid(`${path}.nodeSelector[${key}]`, value, why),
      ),
    ),
    ...classErrors.map((why) => invalid(`${path}.priorityClassName`, priorityClassName, why)),
  ];
}

function each<T>(list: List<T>, path: string, errorsOf: (item: T, at: string) => FieldError[]): FieldError[] {
  return (list ?? []).flatMap((item, index) => (item === undefined ? [] : errorsOf(item, `${path}[${index}]`)));
}

const equal = 'Equal';
const exists = 'Exists';

function tolerationErrors(toleration: Toleration, path: string): FieldError[] {
  const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = toleration;
  const errors = key === '' ? [] : qualifiedNameErrors(key).map((why) => invalid(`${path}.key`, key, why));
  const at = `${path}.operator`;
  if (key === '' && operator !== exists) {
    const why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalid(at, operator, why));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    errors.push(invalid(`${path}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
  }
  if (operator === '' || operator === equal) {
    errors.push(...labelValueErrors(value).map((why) => invalid(at, value, why)));
  } else if (operator === exists && value !== '') {
    errors.push(invalid(at, value, "value must be empty when `operator` is 'Exists'"));
  } else if (operator !== exists) {
    errors.push(...supported(at, operator, [equal, exists]));
  }
  return [...errors, ...supported(`${path}.effect`, effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute'])];
}

function spreadErrors(constraint: SpreadConstraint, path: string): FieldError[] {
  const { maxSkew = 1, topologyKey = '', whenUnsatisfiable = '', minDomains } = constraint;
  const errors = maxSkew > 0 ? [] : [invalid(`${path}.maxSkew`, maxSkew, 'must be greater than zero')];
  if (topologyKey === '') errors.push(required(`${path}.topologyKey`, 'can not be empty'));
  else errors.push(...qualifiedNameErrors(topologyKey).map((why) => invalid(`${path}.topologyKey`, topologyKey, why)));
  errors.push(...supported(`${path}.whenUnsatisfiable`, whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway']));
  if (minDomains !== undefined && minDomains <= 0) {
    errors.push(invalid(`${path}.minDomains`, minDomains, 'must be greater than 0'));
  } else if (minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule') {
    const why = 'can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway';
    errors.push(invalid(`${path}.minDomains`, minDomains, why));
  }
  for (const policy of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
    errors.push(...supported(`${path}.${policy}`, constraint[policy] ?? '', ['Honor', 'Ignore']));
  }
  return errors;
}

const supported = (path: string, value: string, values: readonly string[]): FieldError[] =>
  value === '' || values.includes(value) ? [] : [notSupported(path, value, values)];
