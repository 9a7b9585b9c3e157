/** Validation of StatefulSets. Source: kubernetes/pkg/apis/apps/validation ValidateStatefulSet */
import type { StatefulSet } from '../../apis/kubernetes/types.ts';
import { forbidden, invalid, notSupported, type FieldError } from '../../meta/field-error.ts';
import { deepEqual } from '../../meta/json.ts';
import { labelSelectorFrom } from '../../meta/labels.ts';
import { dns1123LabelErrors } from '../../meta/names.ts';
import { podTemplateErrors } from '../pods/validation.ts';
import { claimSpecErrors } from '../volumes/validation.ts';
import { specOf, type StatefulSetSpec } from './defaults.ts';

const negative = (field: string, value: number | undefined): FieldError[] =>
  value !== undefined && value < 0 ? [invalid(field, value, 'must be greater than or equal to 0')] : [];

function strategyErrors({ updateStrategy, podManagementPolicy }: StatefulSetSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (podManagementPolicy !== 'OrderedReady' && podManagementPolicy !== 'Parallel') {
    errors.push(invalid('spec.podManagementPolicy', podManagementPolicy, "must be 'OrderedReady' or 'Parallel'"));
  }
  const type = updateStrategy?.type;
  if (type !== 'RollingUpdate' && type !== 'OnDelete') {
    errors.push(invalid('spec.updateStrategy', updateStrategy, "must be 'RollingUpdate' or 'OnDelete'"));
  } else if (type === 'OnDelete' && updateStrategy?.rollingUpdate) {
    const detail = "only allowed for updateStrategy 'RollingUpdate'";
    errors.push(invalid('spec.updateStrategy.rollingUpdate', updateStrategy.rollingUpdate, detail));
  }
  return [
    ...errors,
    ...negative('spec.updateStrategy.rollingUpdate.partition', updateStrategy?.rollingUpdate?.partition),
  ];
}

function selectorErrors({ selector, template }: StatefulSetSpec): FieldError[] {
  if (Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0) {
    return [invalid('spec.selector', selector, 'empty selector is invalid for statefulset')];
  }
  const labels = template.metadata?.labels ?? {};
  return labelSelectorFrom(selector).matches(labels)
    ? []
    : [invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')];
}

/** Validates a StatefulSet that has its defaults. */
export function statefulSetErrors(set: StatefulSet): FieldError[] {
  const spec = specOf(set);
  const claims = spec.volumeClaimTemplates ?? [];
  const claimNames = claims.map((claim) => claim.metadata?.name ?? '');
  const errors = [
    ...strategyErrors(spec),
    ...claims.flatMap((claim, index) => claimSpecErrors(claim.spec ?? {}, `spec.volumeClaimTemplates[${index}].spec`)),
    ...negative('spec.replicas', spec.replicas),
    ...negative('spec.minReadySeconds', spec.minReadySeconds),
    ...negative('spec.ordinals.start', spec.ordinals?.start),
    ...(spec.serviceName
      ? dns1123LabelErrors(spec.serviceName).map((text) => invalid('spec.serviceName', spec.serviceName, text))
      : []),
    ...selectorErrors(spec),
    ...podTemplateErrors(spec.template, 'spec.template', claimNames),
  ];
  const restartPolicy = spec.template.spec?.restartPolicy;
  if (restartPolicy !== undefined && restartPolicy !== 'Always') {
    errors.push(notSupported('spec.template.spec.restartPolicy', restartPolicy, ['Always']));
  }
  if (spec.template.spec?.activeDeadlineSeconds !== undefined) {
    const detail = 'activeDeadlineSeconds in StatefulSet is not Supported';
    errors.push(forbidden('spec.template.spec.activeDeadlineSeconds', detail));
  }
  return errors;
}

const frozen = ['selector', 'volumeClaimTemplates', 'serviceName', 'podManagementPolicy'] as const;

/** Validates an update: only some fields of the spec may change. */
export function statefulSetUpdateErrors(set: StatefulSet, old: StatefulSet): FieldError[] {
  const [now, before] = [specOf(set), specOf(old)];
  return [
    ...statefulSetErrors(set),
    ...frozen
      .filter((field) => !deepEqual(now[field], before[field]))
      .map((field) => invalid(`spec.${field}`, now[field], 'field is immutable')),
  ];
}
