/** Updates: PUT, PATCH and apply, of a whole object or of its status. See pipeline.ts for the order of the steps. */
import type { FieldError } from '../../meta/field-error.ts';
import { invalid } from '../../meta/field-error.ts';
import { deepEqual, without } from '../../meta/json.ts';
import { validateObjectMetaUpdate } from '../../meta/metadata-validation.ts';
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import { invalidObject, isReason, notFound } from '../../meta/status.ts';
import { pause } from '../../runtime/turns.ts';
import { ConflictError } from '../../storage/contract.ts';
import { managedFieldsErrors, withOldTimes } from '../apply/index.ts';
import { withDefaults } from '../../schema/kind-defaults.ts';
import type { CachedObject } from '../watchcache/contract.ts';
import { admitValidating } from './admission.ts';
import { canonicalMetadata } from './canonical-metadata.ts';
import { prepareAndValidate } from './checks.ts';
import type { UpdateOptions, WriteResult } from './contract.ts';
import type { CallContext, ResourceDefinition } from '../resource.ts';
import { create, warn } from './create.ts';
import { groupResource, type RegistryDependencies } from './dependencies.ts';
import { checkGuarded, guarded, unguarded, type Guarded } from './guards.ts';
import { encoded, put, remove, retryConflicts, storedObject, uncached, writeResult } from './object-store.ts';
import { draft } from './pipeline.ts';
import { checkPreconditions, checkVersion } from './preconditions.ts';
import { desiredState, updatedMetadata, withoutVersion, withVersion } from './system-metadata.ts';
import type { Draft, WriteRequest } from './write-request.ts';

type Transform<T extends KubeObject> = (current: Stored<T> | undefined) => T | Promise<T>;

/** See ResourceRegistry.update. @throws StatusError 400, 404, 409, 413 or 422, or what a webhook answers */
export function update<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  context: CallContext,
  target: NamespacedName,
  transform: Transform<T>,
  options: UpdateOptions<T> = {},
): Promise<WriteResult<T>> {
  const { cache, definition } = dependencies;
  const request: WriteRequest<T> = { context, operation: 'UPDATE', target, options };
  return retryConflicts(dependencies, target, context.signal, async () => {
    await cache.current();
    const current = cache.get(target.namespace, target.name);
    if (current !== undefined) return updateOnce(dependencies, request, current, transform);
    const mayCreate = options.mayCreate ?? definition.strategy.allowCreateOnUpdate === true;
    if (!mayCreate || options.subresource !== undefined) throw notFound(groupResource(definition), target.name);
    return createInstead(dependencies, request, await transform(undefined));
  });
}

async function createInstead<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  { context, target, options }: WriteRequest<T>,
  object: T,
): Promise<WriteResult<T>> {
  // An applied configuration may name a version from before a deletion: kube-apiserver creates the object all the same.
  const { resourceVersion = '' } = options.ownership === 'given' ? {} : object.metadata;
  const names = (resourceVersion !== '' && resourceVersion !== '0') || options.preconditions?.uid !== undefined;
  if (names) throw notFound(groupResource(dependencies.definition), target.name);
  try {
    return await create(dependencies, context, target.namespace, named(object, target), options);
  } catch (error) {
    // Another writer created it first: retry as an update.
    if (isReason(error, 'AlreadyExists') && options.dryRun !== true) throw new ConflictError(target.name, 'absent');
    throw error;
  }
}

function named<T extends KubeObject>(object: T, { name }: NamespacedName): T {
  return { ...object, metadata: { ...without(object.metadata, 'resourceVersion'), name } };
}

async function updateOnce<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  request: WriteRequest<T>,
  current: CachedObject<T>,
  transform: Transform<T>,
): Promise<WriteResult<T>> {
  const { definition } = dependencies;
  const { options } = request;
  // The caller's transform may look at other objects already.
  const since = dependencies.cache.revision();
  const old = storedObject(definition, current);
  checkPreconditions(dependencies, old, options.preconditions);
  const made = await draft(dependencies, request, await transform(old), old);
  checkVersioned(dependencies, current, made);
  const isStatus = options.subresource === 'status';
  // Strategies need not guard what is refused for its shape.
  const guard =
    isStatus || made.errors.length > 0
      ? unguarded
      : guarded(dependencies, definition.strategy.guardUpdate?.(made.object, old), since);
  const next = isStatus
    ? await nextStatus(dependencies, request, made, old)
    : await nextObject(dependencies, request, made, old);
  const shown = (): Stored<T> => withVersion(next, old.metadata.resourceVersion) as Stored<T>;
  if (options.admit !== undefined) await options.admit(shown(), old);
  else await admitValidating(dependencies, request, shown, old);
  return commit(dependencies, request, current, next, guard);
}

/** Step 6. @throws StatusError 409 for an older version, 422 where one must be named and is not */
function checkVersioned<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  current: CachedObject<T>,
  { named: { resourceVersion } }: Draft<T>,
): void {
  const { definition } = dependencies;
  const isVersioned = checkVersion(dependencies, current, resourceVersion);
  if (isVersioned || definition.strategy.allowUnconditionalUpdate !== false) return;
  const error = invalid('metadata.resourceVersion', 0, 'must be specified for an update');
  throw invalidObject(definition, current.object.metadata.name, [error]);
}

async function nextObject<T extends KubeObject>(
  { definition }: RegistryDependencies<T>,
  { context }: WriteRequest<T>,
  made: Draft<T>,
  old: Stored<T>,
): Promise<T> {
  const { strategy } = definition;
  const metadata = updatedMetadata(made.object.metadata, old.metadata);
  const known = asShaped(definition, made.object, old);
  const fresh = { ...made, object: { ...made.object, metadata } };
  const next = await prepareAndValidate(definition, context, fresh, {
    prepare: (object) => strategy.prepareForUpdate?.(context, object, known) ?? object,
    validate: async (object) => [
      ...metadataErrors(definition, object, old),
      ...((await strategy.validateUpdate?.(context, object, known)) ?? []),
    ],
  });
  return (strategy.hasGeneration ?? true) ? withGeneration(next, known) : next;
}

/**
 * What is stored, as the strategy compares it with what is to come: shaped by the schema as that was. Fields that the
 * schema does not know (any more), and defaults that it did not have before, are no change that somebody asked for.
 * kube-apiserver reads custom resources from its store so. Metadata stays as it is stored.
 */
function asShaped<T extends KubeObject>(definition: ResourceDefinition<T>, next: T, old: Stored<T>): Stored<T> {
  if (deepEqual(desiredState(next), desiredState(old))) return old;
  const { schema } = definition;
  return { ...withDefaults<T>(definition, schema.applyDefaults(schema.prune(old))), metadata: old.metadata };
}

async function nextStatus<T extends KubeObject>(
  { definition }: RegistryDependencies<T>,
  { context }: WriteRequest<T>,
  made: Draft<T>,
  old: Stored<T>,
): Promise<T> {
  const { strategy } = definition;
  const uid = made.named.uid ?? old.metadata.uid;
  return prepareAndValidate(definition, context, made, {
    prepare: (object) => strategy.prepareForStatusUpdate?.(context, object, old) ?? object,
    validate: async (object) => [
      ...metadataErrors(definition, { ...object, metadata: { ...object.metadata, uid } }, old),
      ...((await strategy.validateStatusUpdate?.(context, object, old)) ?? []),
    ],
  });
}

function metadataErrors<T extends KubeObject>(
  { strategy }: ResourceDefinition<T>,
  object: KubeObject,
  { metadata: old }: Stored<KubeObject>,
): FieldError[] {
  const metadata = { ...object.metadata, resourceVersion: old.resourceVersion };
  return [
    ...validateObjectMetaUpdate(metadata, old, strategy.validateName?.bind(strategy)),
    ...managedFieldsErrors(metadata.managedFields, 'metadata.managedFields'),
  ];
}

function withGeneration<T extends KubeObject>(next: T, old: Stored<T>): T {
  const before = old.metadata.generation ?? 0;
  const generation = deepEqual(desiredState(next), desiredState(old)) ? old.metadata.generation : before + 1;
  return generation === undefined ? next : { ...next, metadata: { ...next.metadata, generation } };
}

/**
 * Step 10: writes the object if it differs from the stored one. Removing the last finalizer of a deleted object removes
 * the object.
 */
async function commit<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  { context, options, target }: WriteRequest<T>,
  current: CachedObject<T>,
  proposed: T,
  guard: Guarded,
): Promise<WriteResult<T>> {
  const old = storedObject(dependencies.definition, current);
  const next = withOldTimes(withoutVersion(proposed), old);
  warn(dependencies, context, next, old);
  await pause(context);
  const isSame = deepEqual(next, canonicalMetadata(withoutVersion<T>(old)));
  // Otherwise its bytes would stay in the version that they are in.
  if (isSame && current.isOutdated !== true) return writeResult(current, false);
  await pause(context);
  if (options.dryRun === true) {
    await checkGuarded(dependencies, guard);
    if (!isFinished(next)) encoded(dependencies, target, next);
    return { ...uncached(target, next, current.revision), created: false };
  }
  context.signal.throwIfAborted();
  if (isFinished(next)) {
    await remove(dependencies, target, current.revision, guard);
    return { ...uncached(target, next, current.revision), created: false };
  }
  return writeResult(await put(dependencies, target, current.revision, next, guard), false);
}

function isFinished({ metadata }: KubeObject): boolean {
  const { deletionTimestamp, finalizers = [], deletionGracePeriodSeconds = 0 } = metadata;
  return deletionTimestamp !== undefined && finalizers.length === 0 && deletionGracePeriodSeconds === 0;
}
