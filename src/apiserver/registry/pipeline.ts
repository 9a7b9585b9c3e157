/**
 * The way of every write, from what its caller proposes to the commit. POST, PUT, PATCH, server-side apply, status
 * writes, writes through other subresources, and in-process callers all go it; only the WriteRequest differs.
 *
 *  1. propose: what the object is to be, made from what is stored (a body, a patch, an applied configuration)
 *  2. identity: it must be the object that the path names; kube-apiserver asks no webhook about another one
 *  3. shape: unknown fields are pruned, defaults applied; all later steps see what would be stored
 *  4. own: managedFields. Defaults belong to the manager of the write (of an apply: to nobody), but what webhooks and the
 *     strategy change has no manager
 *  5. mutating admission, then shape again: a webhook may add unknown fields or leave out defaults
 *  6. version: after admission, because a webhook may set resourceVersion; then the strategy's guard
 *  7. prepare and validate, by the strategy
 *  8. validating admission: it sees the object as it will be stored
 *  9. quota: last, so that an object that is refused is not counted
 * 10. commit, by compare-and-swap; a write that changes nothing is not stored
 *
 * A write through another version than the hub's is done in that version up to step 5; then its draft is converted, and
 * shaped by the hub's schema, too. What is wrong with it is told in the version in which it was found.
 *
 * Steps 1 to 5 make a Draft (this file). create.ts and update.ts do the rest: only a create makes names, only an update
 * compares versions. Source: k8s.io/apiserver/pkg/endpoints/handlers (create.go, update.go, patch.go) and
 * pkg/registry/generic/registry/store.go
 */
import { without } from '../../meta/json.ts';
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import { badRequest, type StatusError } from '../../meta/status.ts';
import { pause } from '../../runtime/turns.ts';
import { checkedAfterAdmission } from '../apply/index.ts';
import { admitMutating, isUnderAdmission } from './admission.ts';
import { withDistinctOwners } from './canonical-metadata.ts';
import { shape, type Shaped } from './checks.ts';
import type { CallContext, ResourceDefinition } from '../resource.ts';
import type { RegistryDependencies } from './dependencies.ts';
import { asKind } from './object-store.ts';
import { draftOfHub } from './draft-of-hub.ts';
import { own } from './own.ts';
import { withoutManagedFields, withoutVersion } from './system-metadata.ts';
import type { Draft, WriteRequest } from './write-request.ts';

/**
 * Steps 2 to 5.
 * @param proposed what the caller wants; it may have any shape
 * @param old what is stored now; absent for creates
 * @throws StatusError 400 for another object's name or namespace, 422 where metadata is misshapen, or what a webhook
 *         answers
 */
export async function draft<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  request: WriteRequest<T>,
  proposed: T,
  old?: Stored<T>,
): Promise<Draft<T>> {
  const { version } = request.options;
  if (version === undefined) return draftOf(dependencies, request, proposed, old);
  const { definition, owners } = version;
  const asked = { ...dependencies, definition, owners };
  const shown = old && version.shown(old);
  return draftOfHub(dependencies, request, version, await draftOf(asked, request, proposed, shown), old);
}

async function draftOf<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  request: WriteRequest<T>,
  proposed: T,
  old?: Stored<T>,
): Promise<Draft<T>> {
  const { definition } = dependencies;
  const { context, options } = request;
  await pause(context);
  if (old !== undefined) checkIdentity(old, proposed);
  const { uid, resourceVersion } = proposed.metadata;
  const sent = asKind(definition, proposed);
  if (options.admit !== undefined || !isUnderAdmission(dependencies)) {
    const wiped = old === undefined ? withoutServers(sent) : sent;
    const shaped = await shapeUnowned(definition, context, confined(dependencies, request, wiped, old), old);
    return { ...shaped, object: await own(dependencies, request, shaped.object, old), named: { uid, resourceVersion } };
  }
  const { object: shaped } = await shapeUnowned(definition, context, identified(request, sent, old), old);
  const owned = await own(dependencies, request, shaped, old);
  const admitted = afterAdmission(request, owned, await admitMutating(dependencies, request, owned, old));
  if (old === undefined) checkNamespaceOf(admitted, request.target);
  else checkIdentity(old, admitted);
  const { metadata } = admitted === owned ? proposed : admitted;
  return {
    ...(await shapeUnowned(definition, context, confined(dependencies, request, admitted, old), old)),
    named: { uid: metadata.uid, resourceVersion: metadata.resourceVersion },
  };
}

/**
 * Step 3, without managedFields: what a client sends there is for the step `own` to judge, which never refuses it, and
 * what that makes of it has the right shape.
 */
async function shapeUnowned<T extends KubeObject>(
  definition: ResourceDefinition<T>,
  context: CallContext,
  object: T,
  old: Stored<T> | undefined,
): Promise<Shaped<T>> {
  const { managedFields } = object.metadata;
  if (managedFields === undefined) return shape(definition, context, object, old);
  const shaped = await shape(definition, context, withoutManagedFields(object), old);
  return { ...shaped, object: { ...shaped.object, metadata: { ...shaped.object.metadata, managedFields } } };
}

/** @returns what webhooks made of it, without what they may have broken in metadata */
function afterAdmission<T extends KubeObject>({ context }: WriteRequest<T>, before: T, made: T): T {
  const { object, warning } = checkedAfterAdmission(before, made);
  if (warning !== undefined) context.warn(warning);
  return withDistinctOwners(object, context.warn, true);
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

/** Refuses a new object that names another namespace than the path. @throws StatusError 400 */
export function checkNamespaceOf({ metadata }: KubeObject, { namespace }: NamespacedName): void {
  if ((metadata.namespace ?? '') !== '' && metadata.namespace !== namespace) throw namespaceMismatch();
}

/** A 400: the object's namespace differs from the one in the path. */
export function namespaceMismatch(): StatusError {
  return badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

/** The object as webhooks see it: named as in the path; a new one without the fields that only the server sets. */
function identified<T extends KubeObject>({ target }: WriteRequest<T>, object: T, old: Stored<T> | undefined): T {
  const { namespace } = target;
  if (old !== undefined) {
    const { name } = target;
    return { ...object, metadata: { name, ...(namespace === '' ? {} : { namespace }), ...object.metadata } };
  }
  const { metadata, ...rest } = withoutServers(object);
  return { ...rest, metadata: namespace === '' ? metadata : { ...metadata, namespace } } as T;
}

/** Without the fields that only the server sets: nobody owns them. */
function withoutServers<T extends KubeObject>(object: T): T {
  const metadata = without(
    object.metadata,
    ...['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink'],
  );
  return { ...object, metadata };
}

/**
 * What this write may change of the object, and the rest as it is stored: a status write changes status and
 * managedFields only, another one all but status.
 */
function confined<T extends KubeObject>(
  { definition }: RegistryDependencies<T>,
  { options }: WriteRequest<T>,
  proposed: T,
  old: Stored<T> | undefined,
): T {
  if (options.subresource !== undefined && old !== undefined) {
    const { managedFields } = proposed.metadata;
    const stored = withStatusOf(withoutVersion<T>(old), proposed);
    const metadata = without(stored.metadata, 'managedFields');
    return { ...stored, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields } };
  }
  if (definition.subresources.status === undefined) return proposed;
  if (old !== undefined) return withStatusOf(proposed, old);
  return 'status' in proposed ? without(proposed, 'status') : proposed;
}

function withStatusOf<T extends KubeObject>(object: T, from: T): T {
  const { status } = from as T & { status?: unknown };
  if (status === undefined) return 'status' in object ? without(object, 'status') : object;
  return { ...object, status };
}
