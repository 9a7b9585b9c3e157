/** Creates: POST, and PUT or apply of an object that does not exist. See pipeline.ts for the order of the steps. */
import { generateName } from '../../meta/names.ts';
import { kubeTime } from '../../meta/kube-time.ts';
import { validateObjectMeta } from '../../meta/metadata-validation.ts';
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import { alreadyExists, badRequest, StatusError } from '../../meta/status.ts';
import { ConflictError } from '../../storage/contract.ts';
import { managedFieldsErrors } from '../apply/index.ts';
import { storeKey } from '../watchcache/index.ts';
import { admitValidating, underQuota } from './admission.ts';
import { finalizerWarnings } from './canonical-metadata.ts';
import { prepareAndValidate } from './checks.ts';
import type { UpdateOptions, WriteResult } from './contract.ts';
import type { CallContext } from '../resource.ts';
import { groupResource, type RegistryDependencies } from './dependencies.ts';
import { checkNamespace } from './namespace-lifecycle.ts';
import { checkGuarded, guarded, unguarded, type Guarded } from './guards.ts';
import { encoded, put, retryConflicts, uncached, writeResult } from './object-store.ts';
import { checkNamespaceOf, draft } from './pipeline.ts';
import { createdMetadata } from './system-metadata.ts';
import type { Draft, WriteRequest } from './write-request.ts';

/** How many generated names are tried before a collision is reported; as in kube-apiserver. */
const maxGenerated = 8;

/**
 * Creates an object, with a generated name if it has only generateName.
 * @throws StatusError 400, 403, 404, 409, 413 or 422, or what a webhook answers
 */
export async function create<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  context: CallContext,
  namespace: string,
  object: T,
  options: UpdateOptions<T> = {},
): Promise<WriteResult<T>> {
  const { metadata } = object;
  if ((metadata.resourceVersion ?? '') !== '' && metadata.resourceVersion !== '0') {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  const target = { namespace, name: metadata.name ?? '' };
  checkNamespaceOf(object, target);
  await checkNamespace(dependencies, namespace, target.name);
  const request: WriteRequest<T> = { context, operation: 'CREATE', target, options };
  const made = await draft(dependencies, request, object);
  return retryConflicts(dependencies, target, context.signal, () => createDraft(dependencies, request, made));
}

/** Gives the draft its name; if the name was generated and is taken, tries others. */
async function createDraft<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  request: WriteRequest<T>,
  made: Draft<T>,
): Promise<WriteResult<T>> {
  const { namespace } = request.target;
  const { name: fixedName = '', generateName: base = '' } = made.object.metadata;
  for (let attempt = 1; ; attempt++) {
    const name = fixedName !== '' || base === '' ? fixedName : generateName(base, dependencies.random);
    try {
      return await createNamed(dependencies, request, { namespace, name }, made);
    } catch (error) {
      if (!isTaken(dependencies, { namespace, name }, error)) throw error;
      if (fixedName !== '' || attempt >= maxGenerated)
        throw existsAlready(dependencies, { namespace, name }, fixedName === '');
    }
  }
}

/** Any other conflict is one of the guard. */
function isTaken<T extends KubeObject>(
  { definition }: RegistryDependencies<T>,
  target: NamespacedName,
  error: unknown,
): boolean {
  return error instanceof ConflictError && error.key === storeKey(definition, target);
}

async function createNamed<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  request: WriteRequest<T>,
  target: NamespacedName,
  made: Draft<T>,
): Promise<WriteResult<T>> {
  const { definition, clock, uid } = dependencies;
  const { strategy } = definition;
  const { context } = request;
  const metadata = createdMetadata(made.object.metadata, {
    ...target,
    uid: uid(),
    creationTimestamp: kubeTime(clock.now()),
    hasGeneration: strategy.hasGeneration ?? true,
  });
  const fresh: Draft<T> = { ...made, object: { ...made.object, metadata } };
  const guard = made.errors.length === 0 ? await guardOf(dependencies, fresh.object) : unguarded;
  const prepared = await prepareForCreate(dependencies, request, fresh);
  await admitValidating(dependencies, { ...request, target }, prepared);
  return underQuota(dependencies, { ...request, target }, prepared, () => {
    context.signal.throwIfAborted();
    return commitNew(dependencies, { ...request, target }, prepared, guard);
  });
}

async function guardOf<T extends KubeObject>(dependencies: RegistryDependencies<T>, object: T): Promise<Guarded> {
  const { strategy } = dependencies.definition;
  if (strategy.guardCreate === undefined) return unguarded;
  // Otherwise an object that it depends on, which another server has just written, might not be found.
  await dependencies.cache.current();
  return guarded(dependencies, strategy.guardCreate(object));
}

function prepareForCreate<T extends KubeObject>(
  { definition }: RegistryDependencies<T>,
  { context }: WriteRequest<T>,
  fresh: Draft<T>,
): Promise<T> {
  const { strategy, namespaced } = definition;
  return prepareAndValidate(definition, context, fresh, {
    prepare: (object) => strategy.prepareForCreate?.(context, object) ?? object,
    validate: async (object) => [
      ...validateObjectMeta(object.metadata, { namespaced, validateName: strategy.validateName?.bind(strategy) }),
      ...managedFieldsErrors(object.metadata.managedFields, 'metadata.managedFields'),
      ...((await strategy.validateCreate?.(context, object)) ?? []),
    ],
  });
}

/** @throws ConflictError if the name is taken or the guard fails, StatusError 413 */
async function commitNew<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  { context, options, target }: WriteRequest<T>,
  object: T,
  guard: Guarded,
): Promise<WriteResult<T>> {
  const { cache, definition } = dependencies;
  if (options.dryRun === true) {
    await cache.current();
    const taken = cache.get(target.namespace, target.name);
    if (taken !== undefined) throw new ConflictError(storeKey(definition, target), taken.revision);
    await checkGuarded(dependencies, guard);
    encoded(dependencies, target, object);
    warn(dependencies, context, object);
    return { ...uncached(target, object, undefined), created: true };
  }
  const cached = await put(dependencies, target, 'absent', object, guard);
  warn(dependencies, context, object);
  return writeResult(cached, true);
}

/** Sends the warnings about an accepted object: its new finalizers, and those of the strategy. */
export function warn<T extends KubeObject>(
  { definition }: RegistryDependencies<T>,
  context: CallContext,
  object: T,
  old?: Stored<T>,
): void {
  for (const text of finalizerWarnings(object.metadata, old?.metadata)) context.warn(text);
  for (const text of definition.strategy.warnings?.(object, old) ?? []) context.warn(text);
}

function existsAlready<T extends KubeObject>(
  { definition, cache }: RegistryDependencies<T>,
  { namespace, name }: NamespacedName,
  generated: boolean,
): StatusError {
  const error = alreadyExists(groupResource(definition), name);
  const there = cache.get(namespace, name);
  if (generated)
    return reworded(error, `${error.message}, the server was not able to generate a unique name for the object`);
  if (there?.object.metadata.deletionTimestamp === undefined) return error;
  return reworded(error, `object is being deleted: ${error.message}`);
}

function reworded({ code, reason, status }: StatusError, message: string): StatusError {
  return new StatusError(code, reason, message, status.details);
}
