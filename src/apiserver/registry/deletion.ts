/**
 * The effect of a deletion on an object's metadata, as pure functions. Source: k8s.io/apiserver/pkg/registry
 * (rest/delete.go, store.go).
 */
import { without } from '../../meta/json.ts';
import type { KubeObject, ObjectMeta, Stored } from '../../meta/object.ts';
import { kubeTime } from '../../meta/kube-time.ts';
import type { DeleteOptions } from './contract.ts';

const orphan = 'orphan';
const foreground = 'foregroundDeletion';

/** The object goes at once, or it stays with this metadata (possibly unchanged). */
type Deletion = { readonly gone: true } | { readonly gone: false; readonly metadata: ObjectMeta };

/**
 * Decides whether a deleted object goes or stays, and with which metadata.
 * @param graceSeconds how long the strategy keeps such an object; undefined if it has no grace period
 */
export function planDeletion(
  { metadata }: Stored<KubeObject>,
  options: DeleteOptions,
  graceSeconds: number | undefined,
  now: Date,
): Deletion {
  if (isPendingGraceful(metadata)) return shorten(metadata, options.gracePeriodSeconds, now);
  const finalizers = garbageCollectionFinalizers(metadata.finalizers ?? [], options);
  const grace = metadata.deletionTimestamp === undefined ? (graceSeconds ?? 0) : 0;
  if (grace === 0 && finalizers.length === 0) return { gone: true };
  return { gone: false, metadata: marked(metadata, finalizers, grace, now) };
}

function isPendingGraceful({ deletionTimestamp, deletionGracePeriodSeconds = 0 }: ObjectMeta): boolean {
  return deletionTimestamp !== undefined && deletionGracePeriodSeconds > 0;
}

/** A running grace period may only become shorter. */
function shorten(metadata: ObjectMeta, asked: number | undefined, now: Date): Deletion {
  const { deletionGracePeriodSeconds: running = 0, deletionTimestamp = kubeTime(now), finalizers = [] } = metadata;
  const period = asked !== undefined && asked < 0 ? 1 : asked;
  if (period === undefined || period >= running) return { gone: false, metadata };
  if (period === 0 && finalizers.length === 0) return { gone: true };
  const end = new Date(Date.parse(deletionTimestamp) + (period - running) * 1000);
  return {
    gone: false,
    metadata: { ...metadata, deletionTimestamp: kubeTime(end), deletionGracePeriodSeconds: period },
  };
}

function marked(metadata: ObjectMeta, finalizers: string[], graceSeconds: number, now: Date): ObjectMeta {
  const held = finalizers.length === 0 ? without(metadata, 'finalizers') : { ...metadata, finalizers };
  if (metadata.deletionTimestamp !== undefined) return held;
  const { generation } = metadata;
  return {
    ...held,
    ...(generation === undefined ? {} : { generation: generation + 1 }),
    deletionTimestamp: kubeTime(new Date(now.getTime() + graceSeconds * 1000)),
    deletionGracePeriodSeconds: graceSeconds,
  };
}

/**
 * The finalizers that tell the garbage collector what to do with dependents. The caller's options replace those on the
 * object.
 */
function garbageCollectionFinalizers(current: readonly string[], options: DeleteOptions): string[] {
  const { propagationPolicy, orphanDependents } = options;
  const wantsOrphan = propagationPolicy === 'Orphan' || orphanDependents === true;
  const wantsForeground = propagationPolicy === 'Foreground';
  const says = propagationPolicy !== undefined || orphanDependents !== undefined;
  if (!says) return [...current];
  const others = current.filter((finalizer) => finalizer !== orphan && finalizer !== foreground);
  return [...others, ...(wantsForeground ? [foreground] : []), ...(wantsOrphan ? [orphan] : [])];
}
