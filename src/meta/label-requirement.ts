/** One condition of a label selector. Source: k8s.io/apimachinery/pkg/labels */
import { invalid, type FieldError } from './field-error.ts';
import { labelValueErrors, qualifiedNameErrors } from './names.ts';

/** The operators of selectors as text; `exists` is a key alone, `!` a key that must be absent. */
export type LabelOperator = 'in' | 'notin' | '=' | '==' | '!=' | 'gt' | 'lt' | 'exists' | '!';

/** A label key, an operator, and the values that the operator compares with. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

/** A signed 64-bit integer, or undefined. */
export function int64(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]{1,64}$/.test(text)) return undefined;
  const value = BigInt(text.replace('+', ''));
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

/** What is wrong with a label key; empty for a good one. `path` is the field that the errors name. */
export function labelKeyErrors(key: string, path: string): FieldError[] {
  const errors = qualifiedNameErrors(key);
  return errors.length === 0 ? [] : [invalid(path, key, errors.join('; '))];
}

function countErrors({ operator, values }: LabelRequirement): FieldError[] {
  switch (operator) {
    case 'in':
    case 'notin':
      return values.length > 0
        ? []
        : [invalid('values', values, "for 'in', 'notin' operators, values set can't be empty")];
    case '=':
    case '==':
    case '!=':
      return values.length === 1
        ? []
        : [invalid('values', values, 'exact-match compatibility requires one single value')];
    case 'exists':
    case '!':
      return values.length === 0
        ? []
        : [invalid('values', values, 'values set must be empty for exists and does not exist')];
    case 'gt':
    case 'lt':
      return values.flatMap((value, index) =>
        int64(value) === undefined
          ? [invalid(`values[${index}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer")]
          : [],
      );
  }
}

/** What is wrong with a requirement; empty for a good one. */
export function requirementErrors(requirement: LabelRequirement): FieldError[] {
  const { key, values } = requirement;
  const valueErrors = values.flatMap((value, index) => {
    const errors = labelValueErrors(value);
    return errors.length === 0 ? [] : [invalid(`values[${index}][${key}]`, value, errors.join('; '))];
  });
  return [...labelKeyErrors(key, 'key'), ...countErrors(requirement), ...valueErrors];
}

/** As it would be written in a selector. */
export function requirementText({ key, operator, values }: LabelRequirement): string {
  const joined = values.join(',');
  switch (operator) {
    case 'in':
    case 'notin':
      return `${key} ${operator} (${joined})`;
    case 'gt':
      return `${key}>${joined}`;
    case 'lt':
      return `${key}<${joined}`;
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case '=':
    case '==':
    case '!=':
      return key + operator + joined;
  }
}
