/** The verb delete. */
import { deepEqual } from '../../meta/json.ts';
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import type { CachedObject } from '../watchcache/contract.ts';
import { admitDeletion, isUnderAdmission } from './admission.ts';
import type { DeleteOptions, DeleteResult } from './contract.ts';
import type { CallContext } from '../resource.ts';
import { planDeletion } from './deletion.ts';
import type { RegistryDependencies } from './dependencies.ts';
import { checkGuarded, guarded, unguarded, type Guarded } from './guards.ts';
import { existing, putDeletionMark, remove, retryConflicts, storedObject, uncached } from './object-store.ts';
import { checkDeletePreconditions } from './preconditions.ts';
import { withoutVersion } from './system-metadata.ts';

/**
 * Deletes an object, or marks it as being deleted while finalizers or a grace period keep it.
 * @throws StatusError 403, 404, 409 or 413, or what a webhook answers
 */
export function deleteObject<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  context: CallContext,
  target: NamespacedName,
  options: DeleteOptions = {},
): Promise<DeleteResult<T>> {
  return retryConflicts(dependencies, target, context.signal, async () => {
    await dependencies.cache.current();
    return deleteOnce(dependencies, context, target, options);
  });
}

async function deleteOnce<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  context: CallContext,
  target: NamespacedName,
  options: DeleteOptions,
): Promise<DeleteResult<T>> {
  const current = existing(dependencies, target);
  checkDeletePreconditions(dependencies, current.object, options.preconditions);
  const { strategy } = dependencies.definition;
  const guard = guarded(dependencies, strategy.guardDelete?.(current.object));
  return deleteCurrent(dependencies, { context, target, options, current, guard });
}

interface Doomed<T extends KubeObject> {
  readonly context: CallContext;
  readonly target: NamespacedName;
  readonly options: DeleteOptions;
  readonly current: CachedObject<T>;
  readonly guard: Guarded;
}

async function deleteCurrent<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  doomed: Doomed<T>,
): Promise<DeleteResult<T>> {
  const { context, target, options, current } = doomed;
  const { object, revision } = current;
  const { uid } = object.metadata;
  const { strategy } = dependencies.definition;
  const going = object.metadata.deletionTimestamp !== undefined;
  if (!going) await strategy.validateDelete?.(context, object);
  if (isUnderAdmission(dependencies)) {
    await admitDeletion(dependencies, { context, operation: 'DELETE', target, options }, object);
  }
  const asked = options.gracePeriodSeconds;
  const grace = strategy.deletionGracePeriodSeconds?.(object, asked !== undefined && asked < 0 ? 1 : asked);
  const added = going ? [] : (strategy.finalizersForDelete?.(context, object) ?? []);
  const plan = planDeletion(withFinalizers(object, added), options, grace, dependencies.clock.now());
  // What the strategy holds anyway may change: a busy object must not escape its deletion by that.
  const guard = added.length > 0 ? unguarded : doomed.guard;
  context.signal.throwIfAborted();
  if (options.dryRun === true) await checkGuarded(dependencies, guard);
  if (plan.gone) {
    if (options.dryRun !== true) await remove(dependencies, target, revision, guard);
    return { object: current, gone: true, uid };
  }
  const stored = storedObject(dependencies.definition, current);
  const next = withoutVersion<T>({ ...stored, metadata: plan.metadata });
  if (deepEqual(next, withoutVersion<T>(stored))) return { object: current, gone: false, uid };
  return { object: await marked(dependencies, { ...doomed, guard }, next), gone: false, uid };
}

function withFinalizers<T extends KubeObject>(object: Stored<T>, added: readonly string[]): Stored<T> {
  if (added.length === 0) return object;
  const finalizers = [...new Set([...(object.metadata.finalizers ?? []), ...added])];
  return { ...object, metadata: { ...object.metadata, finalizers } };
}

function marked<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  { target, options, current: { revision }, guard }: Doomed<T>,
  next: T,
): Promise<CachedObject<T>> | CachedObject<T> {
  if (options.dryRun === true) return uncached(target, next, revision);
  return putDeletionMark(dependencies, target, revision, next, guard);
}
