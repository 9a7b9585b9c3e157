/**
 * The pods and claims that a StatefulSet creates. Source: kubernetes/pkg/controller/statefulset/stateful_set_utils.go
 */
import { omit } from '../omit.ts';
import type { PersistentVolumeClaim, Pod, PodTemplateSpec, StatefulSet, Volume } from '../../apis/kubernetes/types.ts';
import type { OwnerReference, Stored } from '../../meta/object.ts';
import { specOf, type ClaimTemplate } from './defaults.ts';

/** The label of a pod with the name of the ControllerRevision that it was made from. */
export const revisionLabel = 'controller-revision-hash';

/** "spark-12" → {set: "spark", ordinal: 12}; undefined for other names. */
export function splitPodName(name: string): { set: string; ordinal: number } | undefined {
  const match = /^(.+)-(0|[1-9]\d*)$/.exec(name);
  return match?.[1] === undefined ? undefined : { set: match[1], ordinal: Number(match[2]) };
}

/** The owner reference that marks the set as the controller of an object. */
export function controllerReference(set: Stored<StatefulSet>): OwnerReference {
  const { name, uid } = set.metadata;
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid, controller: true, blockOwnerDeletion: true };
}

const claimName = (template: ClaimTemplate, podName: string): string => `${template.metadata?.name ?? ''}-${podName}`;

const templatesOf = (set: StatefulSet): readonly ClaimTemplate[] => specOf(set).volumeClaimTemplates ?? [];

function volumesOf(set: StatefulSet, template: PodTemplateSpec, podName: string): Volume[] {
  const claims = templatesOf(set).map((one) => ({
    name: one.metadata?.name ?? '',
    persistentVolumeClaim: { claimName: claimName(one, podName) },
  }));
  const names = new Set(claims.map((one) => one.name));
  return [...claims, ...(template.spec?.volumes ?? []).filter((one) => !names.has(one.name))];
}

/** Whether a pod has the volumes that the set's claim templates make. */
export function hasVolumesOf(set: StatefulSet, { metadata, spec }: Pod): boolean {
  return templatesOf(set).every((one) =>
    spec?.volumes?.some(
      ({ name, persistentVolumeClaim }) =>
        name === one.metadata?.name && persistentVolumeClaim?.claimName === claimName(one, metadata.name ?? ''),
    ),
  );
}

/** The pod with this ordinal. @param revision the name of the ControllerRevision that the template is from */
export function podOf(set: Stored<StatefulSet>, ordinal: number, template: PodTemplateSpec, revision: string): Pod {
  const { name: setName, namespace = '' } = set.metadata;
  const name = `${setName}-${ordinal}`;
  const { serviceName } = specOf(set);
  const volumes = volumesOf(set, template, name);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      generateName: `${setName}-`,
      labels: {
        ...template.metadata?.labels,
        'apps.kubernetes.io/pod-index': String(ordinal),
        [revisionLabel]: revision,
        'statefulset.kubernetes.io/pod-name': name,
      },
      ...(template.metadata?.annotations ? { annotations: template.metadata.annotations } : {}),
      ...(template.metadata?.finalizers ? { finalizers: template.metadata.finalizers } : {}),
      ownerReferences: [controllerReference(set)],
    },
    spec: {
      ...template.spec,
      containers: template.spec?.containers ?? [],
      hostname: name,
      ...(serviceName ? { subdomain: serviceName } : {}),
      ...(volumes.length > 0 ? { volumes } : {}),
    },
  };
}

/**
 * The claims of the pod with this ordinal, one for each claim template. With `whenDeleted: Delete` the set owns them.
 */
export function claimsOf(set: Stored<StatefulSet>, ordinal: number): PersistentVolumeClaim[] {
  const podName = `${set.metadata.name}-${ordinal}`;
  const { selector, persistentVolumeClaimRetentionPolicy: retention } = specOf(set);
  const owner = omit(controllerReference(set), 'controller', 'blockOwnerDeletion');
  return templatesOf(set).map((template) => {
    const { labels, annotations, ownerReferences = [] } = template.metadata ?? {};
    const owners = retention?.whenDeleted === 'Delete' ? [...ownerReferences, owner] : ownerReferences;
    return {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name: claimName(template, podName),
        namespace: set.metadata.namespace ?? '',
        labels: { ...labels, ...selector.matchLabels },
        ...(annotations ? { annotations } : {}),
        ...(owners.length > 0 ? { ownerReferences: owners } : {}),
      },
      spec: template.spec ?? {},
    };
  });
}
