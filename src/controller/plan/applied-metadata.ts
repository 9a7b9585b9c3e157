/**
 * Labels and annotations that users gave and took back. Services and PVCs may bear others' keys as well (a cloud's load
 * balancer writes annotations), so status remembers which keys were ours to put there until none bears them any more.
 */
import type { ConfigSpec } from '../../apis/kubedirector/types.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { Draft } from './draft.ts';

type Strings = Readonly<Record<string, string>>;

/** What is wanted, and null for what was taken back. */
export function withoutTakenBack(
  { status }: Draft,
  wanted: Strings | undefined,
  actual: Strings | undefined,
): Record<string, string | null> {
  const gone = (status.appliedMetadataKeys ?? []).filter(
    (key) => Object.hasOwn(actual ?? {}, key) && !Object.hasOwn(wanted ?? {}, key),
  );
  return { ...wanted, ...Object.fromEntries(gone.map((key) => [key, null])) };
}

/** Brings the memory up to date: what is asked for now, and what was asked for and is still borne by some object. */
export function rememberAppliedKeys(draft: Draft): void {
  const { observed, status } = draft;
  const { cluster, config } = observed;
  const now = new Set<string>([...keysOf(config), ...cluster.spec.roles.flatMap(keysOf)]);
  const objects: KubeObject[] = [...observed.services.values(), ...observed.claims.values()];
  const isBorne = (key: string): boolean =>
    objects.some(({ metadata }) =>
      [metadata.labels, metadata.annotations].some((strings) => Object.hasOwn(strings ?? {}, key)),
    );
  const keys = [...now, ...(status.appliedMetadataKeys ?? []).filter((key) => !now.has(key) && isBorne(key))].sort();
  if (keys.length > 0) status.appliedMetadataKeys = keys;
  else delete status.appliedMetadataKeys;
}

function keysOf(source: Pick<ConfigSpec, 'podLabels' | 'serviceLabels' | 'serviceAnnotations'>): string[] {
  return [source.podLabels, source.serviceLabels, source.serviceAnnotations].flatMap((strings) =>
    Object.keys(strings ?? {}),
  );
}
