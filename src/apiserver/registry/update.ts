/** The verbs update and patch, for a whole object or for its status. */
import type { FieldError } from '../../meta/field-error.ts';
import { invalid } from '../../meta/field-error.ts';
import { deepEqual } from '../../meta/json.ts';
import { validateObjectMetaUpdate } from '../../meta/metadata-validation.ts';
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import { badRequest, invalidObject, isReason, notFound } from '../../meta/status.ts';
import { pause } from '../../runtime/turns.ts';
import { ConflictError } from '../../storage/contract.ts';
import type { CachedObject } from '../watchcache/contract.ts';
import { begun } from './begun.ts';
import { isAdmitted, mutated, validated, type Admitted } from './admission.ts';
import { prepareAndValidate, shape } from './checks.ts';
import { canonicalMetadata } from './canonical-metadata.ts';
import type { CallContext, ResourceDefinition, UpdateOptions, WriteResult } from './contract.ts';
import { create, namespaceMismatch, warn, writeResult } from './create.ts';
import { groupResource, type RegistryDependencies } from './dependencies.ts';
import { encoded, put, remove, retryConflicts, storedObject, typed, uncached } from './object-store.ts';
import { checkPreconditions, checkVersion } from './preconditions.ts';
import {
  desiredState,
  updatedMetadata,
  without,
  withoutManagedFields,
  withoutVersion,
  withVersion,
} from './system-metadata.ts';

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
  return retryConflicts(dependencies, target, context.signal, async () => {
    await cache.current();
    const current = cache.get(target.namespace, target.name);
    if (current !== undefined) return updateOnce(dependencies, context, current, transform, options);
    const mayCreate = definition.strategy.allowCreateOnUpdate === true && options.subresource === undefined;
    if (!mayCreate) throw notFound(groupResource(definition), target.name);
    return createInstead(dependencies, context, target, await transform(undefined), options);
  });
}

async function createInstead<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  context: CallContext,
  target: NamespacedName,
  object: T,
  options: UpdateOptions<T>,
): Promise<WriteResult<T>> {
  const { resourceVersion = '' } = object.metadata;
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
  return { ...object, metadata: { ...object.metadata, name } };
}

async function updateOnce<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  context: CallContext,
  current: CachedObject<T>,
  transform: Transform<T>,
  options: UpdateOptions<T>,
): Promise<WriteResult<T>> {
  const { definition } = dependencies;
  const old = storedObject(definition, current);
  checkPreconditions(dependencies, old, options.preconditions);
  const transformed = await transform(old);
  await pause(context);
  checkIdentity(old, transformed);
  const target = { namespace: old.metadata.namespace ?? '', name: old.metadata.name };
  const write: Admitted = { context, operation: 'UPDATE', target, subresource: options.subresource, options };
  const isWebhooks = options.admit === undefined && isAdmitted(dependencies);
  const proposed = isWebhooks ? await admittedObject(dependencies, write, transformed, old) : transformed;
  const versioned = checkVersion(dependencies, current, proposed.metadata.resourceVersion);
  if (!versioned && definition.strategy.allowUnconditionalUpdate === false) {
    const error = invalid('metadata.resourceVersion', 0, 'must be specified for an update');
    throw invalidObject(definition, old.metadata.name, [error]);
  }
  const begins = options.subresource === undefined && options.dryRun !== true;
  const begin = begins ? definition.strategy.beginUpdate?.(context, proposed, old) : undefined;
  return begun(begin, () => updateCurrent(dependencies, write, current, proposed, options));
}

async function updateCurrent<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  write: Admitted,
  current: CachedObject<T>,
  proposed: T,
  options: UpdateOptions<T>,
): Promise<WriteResult<T>> {
  const { context } = write;
  const old = storedObject(dependencies.definition, current);
  const next =
    options.subresource === 'status'
      ? await nextStatus(dependencies, context, proposed, old)
      : await nextObject(dependencies, context, proposed, old);
  const shown = (): Stored<T> => withVersion(next, old.metadata.resourceVersion) as Stored<T>;
  if (options.admit !== undefined) await options.admit(shown(), old);
  else if (isAdmitted(dependencies)) await validated(dependencies, write, shown(), old);
  return store(dependencies, context, current, next, options);
}

/**
 * The object as the mutating webhooks changed it. @throws StatusError as mutated(); 400 if they changed its identity
 */
async function admittedObject<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  write: Admitted,
  object: T,
  old: Stored<T>,
): Promise<T> {
  const { name, namespace } = old.metadata;
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), ...object.metadata };
  const whole = typed(dependencies, withoutManagedFields({ ...object, metadata }));
  const { object: shaped } = await shape(dependencies.definition, write.context, whole, old);
  const made = await mutated(dependencies, write, shaped, old);
  if (made === shaped) return object;
  checkIdentity(old, made);
  return made;
}

/** Refuses an object with the name or namespace of another one. @throws StatusError 400 */
function checkIdentity(old: KubeObject, { metadata }: KubeObject): void {
  const { name = '', namespace = '' } = metadata;
  if (name !== '' && name !== old.metadata.name) {
    throw badRequest(
      `the name of the object (${name}) does not match the name on the URL (${old.metadata.name ?? ''})`,
    );
  }
  if (namespace !== '' && namespace !== old.metadata.namespace) throw namespaceMismatch();
}

async function nextObject<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  context: CallContext,
  proposed: T,
  old: Stored<T>,
): Promise<T> {
  const { definition } = dependencies;
  const { strategy } = definition;
  const separate = definition.subresources.status !== undefined;
  const whole = typed(dependencies, withoutManagedFields(proposed));
  const shaped = await shape(definition, context, separate ? withStatusOf(whole, old) : whole, old);
  const metadata = updatedMetadata(shaped.object.metadata, old.metadata);
  const known = asShaped(definition, shaped.object, old);
  const next = await prepareAndValidate(
    definition,
    context,
    { ...shaped, object: { ...shaped.object, metadata } },
    {
      prepare: (object) => strategy.prepareForUpdate?.(context, object, known) ?? object,
      validate: async (object) => [
        ...metadataErrors(definition, object, old),
        ...((await strategy.validateUpdate?.(context, object, known)) ?? []),
      ],
    },
  );
  return (strategy.hasGeneration ?? true) ? withGeneration(next, known) : next;
}

/**
 * What is stored, as the strategy compares it with what is to come: shaped by the schema as that was. Fields that the
 * schema does not know (any more), and defaults that it did not have before, are no change that somebody asked for.
 * kube-apiserver reads custom resources from its store so. Metadata stays as it is stored.
 */
function asShaped<T extends KubeObject>({ schema }: ResourceDefinition<T>, next: T, old: Stored<T>): Stored<T> {
  if (deepEqual(desiredState(next), desiredState(old))) return old;
  return { ...schema.applyDefaults(schema.prune(old)), metadata: old.metadata };
}

async function nextStatus<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  context: CallContext,
  proposed: T,
  old: Stored<T>,
): Promise<T> {
  const { definition } = dependencies;
  const { strategy } = definition;
  const shaped = await shape(definition, context, withStatusOf(withoutVersion<T>(old), proposed), old);
  const uid = proposed.metadata.uid ?? old.metadata.uid;
  return prepareAndValidate(definition, context, shaped, {
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
  return validateObjectMetaUpdate(metadata, old, strategy.validateName?.bind(strategy));
}

function withStatusOf<T extends KubeObject>(object: T, from: T): T {
  const { status } = from as T & { status?: unknown };
  return status === undefined ? without(object, 'status') : { ...object, status };
}

function withGeneration<T extends KubeObject>(next: T, old: Stored<T>): T {
  const before = old.metadata.generation ?? 0;
  const generation = deepEqual(desiredState(next), desiredState(old)) ? old.metadata.generation : before + 1;
  return generation === undefined ? next : { ...next, metadata: { ...next.metadata, generation } };
}

/**
 * Writes the object if it differs from the stored one. Removing the last finalizer of a deleted object removes the
 * object.
 */
async function store<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  context: CallContext,
  current: CachedObject<T>,
  proposed: T,
  options: UpdateOptions<T>,
): Promise<WriteResult<T>> {
  const old = storedObject(dependencies.definition, current);
  const { metadata } = old;
  const next = withoutVersion(proposed);
  const target = { namespace: metadata.namespace ?? '', name: metadata.name };
  warn(dependencies, context, next, old);
  await pause(context);
  if (deepEqual(next, canonicalMetadata(withoutVersion<T>(old)))) return writeResult(current, false);
  await pause(context);
  if (options.dryRun === true) {
    if (!isFinished(next)) encoded(dependencies, target, next);
    return { ...uncached(target, next, current.revision), created: false };
  }
  context.signal.throwIfAborted();
  if (isFinished(next)) {
    await remove(dependencies, target, current.revision);
    return { ...uncached(target, next, current.revision), created: false };
  }
  return writeResult(await put(dependencies, target, current.revision, next), false);
}

function isFinished({ metadata }: KubeObject): boolean {
  const { deletionTimestamp, finalizers = [], deletionGracePeriodSeconds = 0 } = metadata;
  return deletionTimestamp !== undefined && finalizers.length === 0 && deletionGracePeriodSeconds === 0;
}
