/**
 * Claims that were left behind on purpose: by a role that had no members any more, or by an earlier cluster of the same
 * name. A role that gets its first members takes them up, where it would make the same ones: new members then find the
 * data of those of the same number. It takes the name of the StatefulSet that they are named by.
 */
import { retainedAnnotation } from '../../../apis/kubedirector/well-known.ts';
import type { PersistentVolumeClaim, StatefulSet } from '../../../apis/kubernetes/types.ts';
import { canonicalQuantity } from '../../../apis/kubedirector/quantities.ts';
import type { Stored } from '../../../meta/object.ts';
import { event, listed, objectContext, type Draft } from '../draft.ts';
import { statefulSetOf } from '../names.ts';
import { isAdoptable, podOfClaim } from '../natives/ownership.ts';
import { selectorLabels } from '../objects/metadata.ts';
import { statefulSet } from '../objects/stateful-set.ts';
import type { ResolvedRole } from '../roles.ts';

type Claim = Stored<PersistentVolumeClaim>;
type Template = NonNullable<StatefulSet['spec']['volumeClaimTemplates']>[number];

/** What a role without members finds. */
interface Retained {
  /** The StatefulSet of the claims, which does not exist; undefined where none are taken up. */
  readonly set?: string;
  readonly names: readonly string[];
  /** The headless Service under which they know their members. */
  readonly service?: string;
  /** Why they are not taken up. */
  readonly why?: string;
}

/** @returns undefined where nothing was left behind for the role */
export function findRetained(draft: Draft, role: ResolvedRole): Retained | undefined {
  const sets = new Map<string, Claim[]>();
  for (const claim of draft.observed.claims.values()) {
    const set = isLeftFor(draft, role, claim) ? statefulSetOf(podOfClaim(claim) ?? '') : undefined;
    if (set !== undefined) sets.set(set, [...(sets.get(set) ?? []), claim]);
  }
  const [first, ...others] = sets;
  if (first === undefined) return undefined;
  const [set, claims] = first;
  const names = [...sets.values()].flat().map(({ metadata }) => metadata.name);
  if (others.length > 0) return { names, why: `they are of several StatefulSets: ${listed([...sets.keys()])}` };
  const why = misfit(draft, role, set, claims);
  if (why !== undefined) return { names, why };
  return { set, names, service: claims[0]?.metadata.annotations?.[retainedAnnotation] ?? '' };
}

/** Tells users once what becomes of claims that were left behind for the role. */
export function tellRetained(draft: Draft, role: string, { set, names, why }: Retained): void {
  const what = `PersistentVolumeClaims that were retained: ${listed(names)}`;
  if (set !== undefined) event(draft, 'Role', `role{${role}} takes up ${what}`);
  else event(draft, 'Role', `role{${role}} does not take up ${what}; ${why ?? ''}`, 'Warning');
}

/** The headless Service of an earlier cluster whose claims are taken up. */
export function retainedService(draft: Draft): string | undefined {
  const known = new Set(draft.status.roles.map(({ id }) => id));
  for (const role of draft.roles.values()) {
    const found = known.has(role.id) ? undefined : findRetained(draft, role);
    if (found?.service !== undefined && found.service !== '') return found.service;
  }
  return undefined;
}

/** Whether data of an earlier member wait for this pod. */
export function hasRetained({ observed }: Draft, pod: string): boolean {
  return [...observed.claims.values()].some((claim) => podOfClaim(claim) === pod && isRetained(claim));
}

const isRetained = ({ metadata }: Claim): boolean =>
  metadata.deletionTimestamp === undefined && metadata.annotations?.[retainedAnnotation] !== undefined;

function isLeftFor({ observed }: Draft, role: ResolvedRole, claim: Claim): boolean {
  if (!isRetained(claim) || !isAdoptable(observed.cluster, claim)) return false;
  const wanted = Object.entries(selectorLabels(observed.cluster, role.id));
  return wanted.every(([label, value]) => claim.metadata.labels?.[label] === value);
}

function misfit(draft: Draft, role: ResolvedRole, set: string, claims: readonly Claim[]): string | undefined {
  const { observed, status } = draft;
  if (observed.statefulSets.has(set) || status.roles.some(({ statefulSet: name }) => name === set)) {
    return `the StatefulSet ${set} exists`;
  }
  const [service] = new Set(claims.map(({ metadata }) => metadata.annotations?.[retainedAnnotation]));
  if (status.clusterService !== '' && service !== status.clusterService) {
    return 'their members belonged to another headless Service';
  }
  const templates = statefulSet(objectContext(draft), role, { name: set, replicas: 0 }).spec.volumeClaimTemplates ?? [];
  const odd = claims.find((claim) => !isAsIn(templates, claim));
  if (odd !== undefined) {
    return `${odd.metadata.name} differs from what the role asks for (name, size, StorageClass or volume mode)`;
  }
  const pods = new Set(claims.flatMap((claim) => podOfClaim(claim) ?? []));
  return claims.length === pods.size * templates.length ? undefined : 'some are missing';
}

function isAsIn(templates: readonly Template[], { metadata: { name }, spec = {} }: Claim): boolean {
  const wanted = templates.find((template) => name.startsWith(`${template.metadata?.name ?? ''}-`))?.spec;
  if (wanted === undefined) return false;
  const sizeOf = (one: typeof spec): string => canonicalQuantity(one.resources?.requests?.['storage'] ?? 0);
  return (
    spec.storageClassName === wanted.storageClassName &&
    (spec.volumeMode ?? 'Filesystem') === wanted.volumeMode &&
    sizeOf(spec) === sizeOf(wanted)
  );
}
