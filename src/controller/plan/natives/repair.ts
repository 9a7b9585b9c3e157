/** How an object that exists becomes what it should be. */
import { isJsonObject, type JsonObject } from '../../../meta/json.ts';
import type { KubeObject, OwnerReference, Stored } from '../../../meta/object.ts';
import type { OwnedKind } from '../actions.ts';
import type { Draft } from '../draft.ts';
import { ownedBy } from '../objects/metadata.ts';
import { mergePatchTo, overlaid } from './drift.ts';

interface Repair {
  /** All that is ours to say about the object. */
  readonly desired: KubeObject & { readonly spec?: object | undefined };
  /** Nulls for what must not be there, whoever put it there. */
  readonly removed?: JsonObject;
  /** What of the object may stay where it is as desired; absent: all of it. */
  readonly known?: object;
}

/** Makes an existing object what it should be; nothing for one that is so, or that is being deleted. */
export function repair(
  draft: Draft,
  kind: OwnedKind,
  actual: Stored<KubeObject>,
  { desired, removed = {}, known = actual }: Repair,
): void {
  if (actual.metadata.deletionTimestamp !== undefined) return;
  const { metadata, ...rest } = desired;
  const { ownerReferences: own, ...others } = metadata;
  const references = own === undefined ? undefined : ownerReferences(draft, actual);
  const mine = references === undefined ? others : { ...others, ownerReferences: [ownedBy(draft.observed.cluster)] };
  const target = overlaid({ ...rest, metadata: { ...others, ownerReferences: references } }, removed);
  const drift = mergePatchTo(target, known);
  if (drift === undefined) return;
  // How many members there are, and which are in service, is told elsewhere.
  const isNews = (field: string): boolean =>
    field !== 'replicas' && !(kind === 'PodDisruptionBudget' && field === 'selector');
  const fields = Object.keys(isJsonObject(drift['spec']) ? drift['spec'] : {}).filter(isNews);
  const message = `changed ${fields.join(', ')} of ${kind.toLowerCase()}{${actual.metadata.name}}`;
  draft.actions.push({
    ...{ type: 'repair', kind, actual, drift, desired: { ...rest, metadata: mine } },
    ...(fields.length > 0 ? { message } : {}),
  });
}

/**
 * Ours beside those that others have added; never two controllers: undefined where there is another. One that names the
 * cluster by another uid is from before it was restored.
 */
function ownerReferences({ observed }: Draft, object: KubeObject): OwnerReference[] | undefined {
  const ours = ownedBy(observed.cluster);
  const others = (object.metadata.ownerReferences ?? []).filter(
    ({ uid, kind, name }) => uid !== ours.uid && !(kind === ours.kind && name === ours.name),
  );
  return others.some(({ controller }) => controller === true) ? undefined : [...others, ours];
}
