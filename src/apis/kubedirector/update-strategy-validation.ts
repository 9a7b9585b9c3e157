/** The rules for updateStrategy that its schema can't say. */
import { invalid, type FieldError } from '../../meta/field-error.ts';
import type { UpdateStrategy } from './types.ts';
import type { WellShaped } from './well-shaped.ts';

/** Source: ValidateRollingUpdateStatefulSet in k8s.io/kubernetes/pkg/apis/apps/validation, v1.37 */
export function validateUpdateStrategy(strategy: WellShaped<UpdateStrategy> | undefined, path: string): FieldError[] {
  const { maxUnavailable } = strategy ?? {};
  const field = `${path}.maxUnavailable`;
  const wanted = 'must be a whole number from 1, or a percentage from 1% to 100% (e.g. 25%)';
  if (maxUnavailable === undefined || isAmount(maxUnavailable)) return [];
  return [invalid(field, maxUnavailable, wanted)];
}

function isAmount(value: string | number): boolean {
  if (typeof value === 'number') return value >= 1;
  const percent = /^(\d{1,3})%$/.exec(value)?.[1];
  return percent !== undefined && Number(percent) >= 1 && Number(percent) <= 100;
}
