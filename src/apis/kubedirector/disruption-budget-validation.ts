/** The rules for podDisruptionBudget that its schema can't say. */
import { invalid, required, type FieldError } from '../../meta/field-error.ts';
import type { RoleDisruptionBudget } from './types.ts';
import type { WellShaped } from './well-shaped.ts';

/** Source: ValidatePodDisruptionBudgetSpec in k8s.io/kubernetes/pkg/apis/policy/validation, v1.37 */
export function validateDisruptionBudget(
  budget: WellShaped<RoleDisruptionBudget> | undefined,
  path: string,
): FieldError[] {
  if (budget === undefined) return [];
  const { maxUnavailable, minAvailable } = budget;
  if (maxUnavailable === undefined && minAvailable === undefined) {
    return [required(path, 'must have maxUnavailable or minAvailable')];
  }
  const isBoth = maxUnavailable !== undefined && minAvailable !== undefined;
  return [
    ...(isBoth ? [invalid(path, budget, 'minAvailable and maxUnavailable cannot be both set')] : []),
    ...amountErrors(minAvailable, `${path}.minAvailable`),
    ...amountErrors(maxUnavailable, `${path}.maxUnavailable`),
  ];
}

function amountErrors(value: string | number | undefined, path: string): FieldError[] {
  if (value === undefined) return [];
  if (typeof value === 'number') {
    return value >= 0 ? [] : [invalid(path, value, 'must be greater than or equal to 0')];
  }
  const percent = /^([0-9]+)%$/.exec(value)?.[1];
  if (percent === undefined) return [invalid(path, value, "must be an integer or percentage (e.g '5%')")];
  return Number(percent) <= 100 ? [] : [invalid(path, value, 'must not be greater than 100%')];
}
