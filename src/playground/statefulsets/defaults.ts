/** The defaults that kube-apiserver sets in StatefulSets. Source: kubernetes/pkg/apis/apps/v1/defaults.go */
import { defaultClaimSpec } from '../volumes/defaults.ts';
import type { StatefulSet } from '../../apis/kubernetes/types.ts';
import { defaultPodTemplate } from '../pods/defaults.ts';

type Spec = NonNullable<StatefulSet['spec']>;
type ClaimTemplate = NonNullable<Spec['volumeClaimTemplates']>[number];

function defaultUpdateStrategy(strategy: Spec['updateStrategy']): NonNullable<Spec['updateStrategy']> {
  const type = strategy?.type || 'RollingUpdate';
  if (type !== 'RollingUpdate') return { ...strategy, type };
  if (strategy?.type && !strategy.rollingUpdate) return { ...strategy, type };
  return { type, rollingUpdate: { partition: 0, maxUnavailable: 1, ...strategy?.rollingUpdate } };
}

function defaultClaimTemplate(template: ClaimTemplate): ClaimTemplate {
  return {
    ...template,
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    spec: defaultClaimSpec(template.spec ?? {}),
    status: { phase: 'Pending', ...template.status },
  };
}

/** Sets the defaults of the spec, including its pod template and claim templates. */
export function defaultStatefulSetSpec(spec: Spec): Spec {
  return {
    ...spec,
    podManagementPolicy: spec.podManagementPolicy || 'OrderedReady',
    updateStrategy: defaultUpdateStrategy(spec.updateStrategy),
    persistentVolumeClaimRetentionPolicy: {
      whenDeleted: spec.persistentVolumeClaimRetentionPolicy?.whenDeleted || 'Retain',
      whenScaled: spec.persistentVolumeClaimRetentionPolicy?.whenScaled || 'Retain',
    },
    replicas: spec.replicas ?? 1,
    revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
    template: defaultPodTemplate(spec.template),
    ...(spec.volumeClaimTemplates ? { volumeClaimTemplates: spec.volumeClaimTemplates.map(defaultClaimTemplate) } : {}),
  };
}

/** The spec, which is never absent: a StatefulSet without a spec does not pass validation. */
export function specOf(set: StatefulSet): Spec {
  return set.spec;
}

export type { ClaimTemplate, Spec as StatefulSetSpec };
