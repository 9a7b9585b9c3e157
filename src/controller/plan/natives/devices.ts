/**
 * Block devices that a role with running members is given. The claim templates of a StatefulSet can't change, and a set with
 * other templates can't do with pods of before: its controller tries to change them, is refused, and makes no other pod. So
 * the set is made again with one more label in its selector, and the pods of before are nobody's. It has ordinals from the end
 * down to the first one below which all pods are still of before. As these go, from the highest ordinal down, it takes their places.
 * Where it begins follows from the pods that there are, so a controller that is killed goes on. See docs/adr/0068-adding-devices.md.
 */
import type { RoleStatus } from '../../../apis/kubedirector/types.ts';
import { devicesLabel } from '../../../apis/kubedirector/well-known.ts';
import type { Pod, StatefulSet } from '../../../apis/kubernetes/types.ts';
import { deepEqual } from '../../../meta/json.ts';
import type { Stored } from '../../../meta/object.ts';
import type { Draft } from '../draft.ts';
import { podOrdinal } from '../names.ts';
import { appContainer, blockDevices } from '../objects/stateful-set.ts';
import type { ResolvedRole } from '../roles.ts';

type Strings = Readonly<Record<string, string>>;

const ofDevice = /^b\d+$/;

/** The paths of the devices that a pod was made with. */
export const devicePathsOf = (pod: Pod): readonly string[] => devicesIn(pod).map(({ devicePath }) => devicePath);

function devicesIn({ spec }: Pod): readonly { readonly name: string; readonly devicePath: string }[] {
  const { containers = [] }: Partial<NonNullable<Pod['spec']>> = spec ?? {};
  const { volumeDevices = [] } = containers.find(({ name }) => name === appContainer) ?? {};
  return volumeDevices.filter(({ name }) => ofDevice.test(name));
}

/** Whether a pod was made with other devices than the role asks for now. */
export const isOfBefore = (pod: Pod, role: ResolvedRole): boolean => {
  const names = devicesIn(pod).map(({ name }) => name);
  return !deepEqual(
    names,
    blockDevices(role).map(({ name }) => name),
  );
};

/** Whether new pods of a StatefulSet get other devices than the role asks for. */
export function makesOthers({ spec }: Stored<StatefulSet>, role: ResolvedRole): boolean {
  const names = (spec.volumeClaimTemplates ?? []).flatMap(({ metadata }) => metadata?.name ?? []);
  return !deepEqual(
    names.filter((name) => ofDevice.test(name)),
    blockDevices(role).map(({ name }) => name),
  );
}

/** Whether the set's pods of before are nobody's, and it takes their places one by one, or has done so. */
export const isSplit = ({ spec }: StatefulSet): boolean => spec.selector.matchLabels?.[devicesLabel] !== undefined;

/** No pod is there with other devices than the role asks for: one set can have them all. */
export const isWithoutOthers = (draft: Draft, status: RoleStatus, role: ResolvedRole): boolean =>
  firstOrdinal(draft, status, role) === 0;

/** Above all pods of before; 0 where there is none. */
export function firstOrdinal({ observed }: Draft, { members }: RoleStatus, role: ResolvedRole): number {
  const before = members.filter(({ pod: name }) => {
    const pod = observed.pods.get(name);
    return pod !== undefined && isOfBefore(pod, role);
  });
  return 1 + Math.max(-1, ...before.map(({ pod }) => podOrdinal(pod)));
}

/** A StatefulSet that selects none of the pods that there are, and has ordinals from `first` on. */
export function asSplit(
  draft: Draft,
  role: RoleStatus,
  set: StatefulSet,
  { first, end }: { readonly first: number; readonly end: number },
): StatefulSet {
  const label = { [devicesLabel]: String(1 + Math.max(0, ...knownLabels(draft, role))) };
  const { selector, template } = set.spec;
  const labels = { ...template.metadata?.labels, ...label };
  return {
    ...set,
    spec: {
      ...set.spec,
      ...{ replicas: Math.max(0, end - first), ordinals: { start: first } },
      selector: { ...selector, matchLabels: { ...selector.matchLabels, ...label } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** What it selects by mistake, it deletes: pods have the labels of sets of before. */
const knownLabels = ({ observed }: Draft, { members }: RoleStatus): readonly number[] =>
  members.flatMap(({ pod }) => {
    const value = Number(observed.pods.get(pod)?.metadata.labels?.[devicesLabel]);
    return Number.isSafeInteger(value) ? [value] : [];
  });

/**
 * The labels of a template that a running pod may have. What a set adopts below its first ordinal it deletes, so its own label
 * is only for the pods that it has seen to be in its place.
 */
export function labelsFor(labels: Strings, set: Stored<StatefulSet>, pod: string): Record<string, string> {
  const { metadata, spec, status } = set;
  const isSeen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  if (!isSplit(set) || (isSeen && podOrdinal(pod) >= (spec.ordinals?.start ?? 0))) return { ...labels };
  return Object.fromEntries(Object.entries(labels).filter(([name]) => name !== devicesLabel));
}

/** Whether the member has no pod, and its StatefulSet makes none before those above it have gone. */
export function waitsForOthers({ observed }: Draft, { statefulSet }: RoleStatus, pod: string): boolean {
  const set = observed.statefulSets.get(statefulSet);
  return set !== undefined && isSplit(set) && podOrdinal(pod) < (set.spec.ordinals?.start ?? 0);
}
