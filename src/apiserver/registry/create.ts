/** The verb create. */
import { generateName } from '../../meta/names.ts';
import { validateObjectMeta } from '../../meta/metadata-validation.ts';
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import { alreadyExists, badRequest, StatusError } from '../../meta/status.ts';
import { kubeTime } from '../../meta/kube-time.ts';
import { ConflictError } from '../../storage/contract.ts';
import { begun } from './begun.ts';
import { isAdmitted, mutated, unmade, validated, type Admitted } from './admission.ts';
import { prepareAndValidate, shape, type Shaped } from './checks.ts';
import { finalizerWarnings } from './canonical-metadata.ts';
import type { CallContext, WriteOptions, WriteResult } from './contract.ts';
import { groupResource, type RegistryDependencies } from './dependencies.ts';
import { checkNamespace } from './namespace-lifecycle.ts';
import { encoded, put, typed, uncached } from './object-store.ts';
import { createdMetadata, without, withoutManagedFields } from './system-metadata.ts';

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
  options: WriteOptions = {},
): Promise<WriteResult<T>> {
  const { definition } = dependencies;
  const { metadata } = object;
  if ((metadata.resourceVersion ?? '') !== '' && metadata.resourceVersion !== '0') {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  if ((metadata.namespace ?? '') !== '' && metadata.namespace !== namespace) throw namespaceMismatch();
  await checkNamespace(dependencies, namespace, metadata.name ?? '');
  const typedObject = typed(dependencies, withoutManagedFields(object));
  const target = { namespace, name: metadata.name ?? '' };
  const admitted = isAdmitted(dependencies)
    ? await admittedObject(dependencies, { context, operation: 'CREATE', target, options }, typedObject)
    : typedObject;
  const shaped = await shape(definition, context, withoutStatus(dependencies, admitted));
  const fixedName = admitted.metadata.name ?? '';
  const base = admitted.metadata.generateName ?? '';
  for (let attempt = 1; ; attempt++) {
    const name = fixedName !== '' || base === '' ? fixedName : generateName(base, dependencies.random);
    try {
      return await createNamed(dependencies, context, { namespace, name }, shaped, options);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      if (fixedName !== '' || attempt >= maxGenerated)
        throw existsAlready(dependencies, { namespace, name }, fixedName === '');
    }
  }
}

/**
 * The object as the mutating webhooks changed it. @throws StatusError as mutated(); 400 if they changed its namespace
 */
async function admittedObject<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  write: Admitted,
  object: T,
): Promise<T> {
  const { namespace } = write.target;
  const { object: whole } = await shape(dependencies.definition, write.context, unmade(object, namespace));
  const made = await mutated(dependencies, write, whole);
  if ((made.metadata.namespace ?? namespace) !== namespace) throw namespaceMismatch();
  return made;
}

/** A 400: the object's namespace differs from the one in the path. */
export function namespaceMismatch(): StatusError {
  return badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

async function createNamed<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  context: CallContext,
  target: NamespacedName,
  shaped: Shaped<T>,
  options: WriteOptions,
): Promise<WriteResult<T>> {
  const { definition, clock, uid } = dependencies;
  const { strategy } = definition;
  const metadata = createdMetadata(shaped.object.metadata, {
    ...target,
    uid: uid(),
    creationTimestamp: kubeTime(clock.now()),
    hasGeneration: strategy.hasGeneration ?? true,
  });
  const fresh: Shaped<T> = { ...shaped, object: { ...shaped.object, metadata } };
  const begins = options.dryRun !== true && shaped.errors.length === 0;
  const begin = begins ? strategy.beginCreate?.(context, fresh.object) : undefined;
  return begun(begin, () => createFresh(dependencies, context, target, fresh, options));
}

async function createFresh<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  context: CallContext,
  target: NamespacedName,
  fresh: Shaped<T>,
  options: WriteOptions,
): Promise<WriteResult<T>> {
  const { definition, cache } = dependencies;
  const { strategy, namespaced } = definition;
  const made = await prepareAndValidate(definition, context, fresh, {
    prepare: (object) => strategy.prepareForCreate?.(context, object) ?? object,
    validate: async (object) => [
      ...validateObjectMeta(object.metadata, { namespaced, validateName: strategy.validateName?.bind(strategy) }),
      ...((await strategy.validateCreate?.(context, object)) ?? []),
    ],
  });
  if (isAdmitted(dependencies)) {
    await validated(dependencies, { context, operation: 'CREATE', target, options }, made);
  }
  context.signal.throwIfAborted();
  if (options.dryRun === true) {
    await cache.current();
    const taken = cache.get(target.namespace, target.name);
    if (taken !== undefined) throw new ConflictError(taken.key, taken.revision);
    encoded(dependencies, target, made);
    warn(dependencies, context, made);
    return { ...uncached(target, made, undefined), created: true };
  }
  const cached = await put(dependencies, target, 'absent', made);
  warn(dependencies, context, made);
  return created(cached);
}

/** Keeps the lazy `object` of a cached state lazy. */
function created<T extends KubeObject>(cached: Omit<WriteResult<T>, 'created'>): WriteResult<T> {
  return writeResult(cached, true);
}

/**
 * The state as a WriteResult. The getters keep lazily decoded parts lazy. @param isNew whether the write created the
 * object
 */
export function writeResult<T extends KubeObject>(
  cached: Omit<WriteResult<T>, 'created'>,
  isNew: boolean,
): WriteResult<T> {
  return {
    key: cached.key,
    revision: cached.revision,
    created: isNew,
    get json() {
      return cached.json;
    },
    get size() {
      return cached.size;
    },
    get object() {
      return cached.object;
    },
  };
}

/** Sends the warnings about an accepted object: its new finalizers, and those of the strategy. */
export function warn<T extends KubeObject>(
  { definition }: RegistryDependencies<T>,
  context: CallContext,
  object: T,
  old?: Stored<T>,
): void {
  for (const text of finalizerWarnings(object.metadata, old?.metadata)) context.warn(text);
  for (const text of definition.strategy.warnings?.(object) ?? []) context.warn(text);
}

/** With a status subresource, a create cannot set status. */
function withoutStatus<T extends KubeObject>({ definition }: RegistryDependencies<T>, object: T): T {
  if (definition.subresources.status === undefined || !('status' in object)) return object;
  return without(object, 'status');
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
