/**
 * Labels and annotations that users gave and took back. Objects may bear others' keys as well (a cloud's load balancer
 * writes annotations), so status remembers which keys were ours to put there until none bears them any more.
 */
import type { ConfigSpec } from '../../../apis/kubedirector/types.ts';
import type { KubeObject } from '../../../meta/object.ts';
import type { Draft } from '../draft.ts';

type Strings = Readonly<Record<string, string>>;

interface LabelsAndAnnotations {
  readonly labels?: Strings | undefined;
  readonly annotations?: Strings | undefined;
}

/** Null for each label and annotation that the object has, and that a user asked for and no longer does. */
export function takenBack(
  { status }: Draft,
  wanted: LabelsAndAnnotations,
  actual: LabelsAndAnnotations | undefined,
): { labels: Record<string, null>; annotations: Record<string, null> } {
  const keys = status.appliedMetadataKeys ?? [];
  const gone = (have: Strings = {}, want: Strings = {}): Record<string, null> =>
    Object.fromEntries(
      keys.filter((key) => Object.hasOwn(have, key) && !Object.hasOwn(want, key)).map((key) => [key, null]),
    );
  return {
    labels: gone(actual?.labels, wanted.labels),
    annotations: gone(actual?.annotations, wanted.annotations),
  };
}

/** Brings the memory up to date: what is asked for now, and what was asked for and is still borne by some object. */
export function rememberAppliedKeys(draft: Draft): void {
  const { observed, status } = draft;
  const { cluster, config } = observed;
  const now = new Set<string>([...keysOf(config), ...cluster.spec.roles.flatMap(keysOf)]);
  const { services, claims, pods, statefulSets } = observed;
  const objects: readonly KubeObject[] = [services, claims, pods].flatMap((some) => [...some.values()]);
  const templates = [...statefulSets.values()].map(({ spec }) => spec.template.metadata);
  const bearers: readonly (LabelsAndAnnotations | undefined)[] = [
    ...objects.map(({ metadata }) => metadata),
    ...templates,
  ];
  const isBorne = (key: string): boolean =>
    bearers.some((one) => [one?.labels, one?.annotations].some((strings) => Object.hasOwn(strings ?? {}, key)));
  const keys = [...now, ...(status.appliedMetadataKeys ?? []).filter((key) => !now.has(key) && isBorne(key))].sort();
  if (keys.length > 0) status.appliedMetadataKeys = keys;
  else delete status.appliedMetadataKeys;
}

type Sources = Pick<ConfigSpec, 'podLabels' | 'podAnnotations' | 'serviceLabels' | 'serviceAnnotations'>;

function keysOf({ podLabels, podAnnotations, serviceLabels, serviceAnnotations }: Sources): string[] {
  return [podLabels, podAnnotations, serviceLabels, serviceAnnotations].flatMap((strings) =>
    Object.keys(strings ?? {}),
  );
}
