/** policy/v1 PodDisruptionBudgets. */
import type { PodDisruptionBudget } from '../../apis/kubernetes/types.ts';
import { invalid, notSupported, type FieldError } from '../../meta/field-error.ts';
import { labelSelectorFrom } from '../../meta/labels.ts';
import { dns1123SubdomainErrors } from '../../meta/names.ts';
import { StatusError } from '../../meta/status.ts';
import type { ResourceDefinition } from '../../apiserver/resource.ts';
import { ageColumn, nativeDefinition, textColumn, type DefinitionDeps } from '../native.ts';

const policies = ['AlwaysAllow', 'IfHealthyBudget'];
const notGiven = 'N/A';

/** PodDisruptionBudgets, whose status the disruption controller keeps. */
export function disruptionBudgetDefinition(deps: DefinitionDeps): ResourceDefinition {
  return nativeDefinition<PodDisruptionBudget>(deps, {
    group: 'policy',
    plural: 'poddisruptionbudgets',
    kind: 'PodDisruptionBudget',
    shortNames: ['pdb'],
    schema: 'policy.v1.PodDisruptionBudget',
    zeroValue: {
      spec: {},
      status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
    },
    columns: [
      textColumn('Min Available', 'The minimum number of pods that must be available.', ({ spec }) =>
        String(spec?.minAvailable ?? notGiven),
      ),
      textColumn('Max Unavailable', 'The maximum number of pods that may be unavailable.', ({ spec }) =>
        String(spec?.maxUnavailable ?? notGiven),
      ),
      {
        name: 'Allowed Disruptions',
        type: 'integer',
        description: 'Calculated number of pods that may be disrupted at this time.',
        priority: 0,
        value: ({ status }) => status?.disruptionsAllowed ?? 0,
      },
      ageColumn(),
    ],
    strategy: {
      validateName: dns1123SubdomainErrors,
      prepareForCreate: (_context, budget) => ({
        ...budget,
        status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
      }),
      validateCreate: (_context, budget) => budgetErrors(budget),
      validateUpdate: (_context, budget) => budgetErrors(budget),
    },
    subresources: { status: { type: 'status' } },
  });
}

/** Source: ValidatePodDisruptionBudgetSpec in k8s.io/kubernetes/pkg/apis/policy/validation, v1.37 */
function budgetErrors({ spec = {} }: PodDisruptionBudget): FieldError[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
  const isBoth = minAvailable !== undefined && maxUnavailable !== undefined;
  return [
    ...(isBoth ? [invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set')] : []),
    ...amountErrors('spec.minAvailable', minAvailable),
    ...amountErrors('spec.maxUnavailable', maxUnavailable),
    ...selectorErrors(selector),
    ...(policy === undefined || policies.includes(policy)
      ? []
      : [notSupported('spec.unhealthyPodEvictionPolicy', policy, policies)]),
  ];
}

function amountErrors(field: string, value: number | string | undefined): FieldError[] {
  if (value === undefined) return [];
  if (typeof value === 'number') {
    return value >= 0 ? [] : [invalid(field, value, 'must be greater than or equal to 0')];
  }
  const percent = /^([0-9]+)%$/.exec(value)?.[1];
  if (percent === undefined) {
    const wanted = "a valid percent string must be a numeric string followed by an ending '%'";
    return [invalid(field, value, `${wanted} (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`)];
  }
  return Number(percent) <= 100 ? [] : [invalid(field, value, 'must not be greater than 100%')];
}

function selectorErrors(selector: NonNullable<PodDisruptionBudget['spec']>['selector']): FieldError[] {
  if (selector === undefined) return [];
  try {
    labelSelectorFrom(selector);
    return [];
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return [invalid('spec.selector', selector, error.message)];
  }
}
