/**
 * Where in a write the cluster's admission webhooks are called. Source: k8s.io/apiserver/pkg/endpoints/handlers,
 * pkg/registry/rest
 */
import type { KubeObject, NamespacedName } from '../../meta/object.ts';
import type { AdmissionAttributes, Operation } from '../admission/contract.ts';
import { defaultedAgain } from '../../schema/kind-defaults.ts';
import { checkKind } from './check-kind.ts';
import type { DeleteOptions, RequestVersion } from './contract.ts';
import type { CallContext } from '../resource.ts';
import type { RegistryDependencies } from './dependencies.ts';
import { equivalentsOf } from './equivalents.ts';

/** What webhooks are told about any write. The target's name is '' if it is still to be generated. */
interface AdmittedRequest {
  readonly context: CallContext;
  readonly operation: Operation;
  readonly target: NamespacedName;
  readonly options: DeleteOptions & { readonly subresource?: 'status' };
}

/** Whether a webhook may apply to this API group. If not, the write skips all admission work. */
export function isUnderAdmission<T extends KubeObject>({ admission, definition }: RegistryDependencies<T>): boolean {
  return admission?.concerns(definition.group) === true;
}

/**
 * Step 5 of the pipeline: calls the mutating webhooks.
 * @param object pruned and defaulted by its schema
 * @returns the object as the webhooks changed it; the same object if they changed nothing
 * @throws StatusError as Admission.mutate; 422 if a webhook changed its apiVersion or kind
 */
export async function admitMutating<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  request: AdmittedRequest,
  object: T,
  old?: T,
): Promise<T> {
  const { admission, definition } = dependencies;
  if (admission === undefined) return object;
  const attributes = attributesOf(dependencies, shownIn(definition), request, object, old);
  const made = await admission.mutate(attributes, (changed) => defaultedAgain(definition, changed as T));
  if (made === undefined || made === object) return object;
  checkKind(definition, made, object.metadata.name ?? '');
  return made as T;
}

/** Calls mutating and validating webhooks before a deletion. None of them can change anything. @throws StatusError */
export async function admitDeletion<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  request: AdmittedRequest,
  old: T,
): Promise<void> {
  const attributes = attributesAsked(dependencies, request, undefined, old);
  await dependencies.admission?.mutate(attributes, (object) => object);
  await dependencies.admission?.validate(attributes);
}

/**
 * Step 8 of the pipeline: calls the validating webhooks with the object as it will be written.
 * @param object or a function that makes it, called if there are webhooks
 * @throws StatusError as Admission.validate
 */
export async function admitValidating<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  request: AdmittedRequest,
  object: T | (() => T),
  old?: T,
): Promise<void> {
  if (!isUnderAdmission(dependencies)) return;
  const made = typeof object === 'function' ? object() : object;
  await dependencies.admission?.validate(attributesAsked(dependencies, request, made, old));
}

/**
 * Step 9 of the pipeline: counts the new object in the quotas of its namespace while it is written.
 * @throws StatusError as Quota.reserve, or what `commit` throws
 */
export async function underQuota<T extends KubeObject, R>(
  dependencies: RegistryDependencies<T>,
  request: AdmittedRequest,
  object: T,
  commit: () => Promise<R>,
): Promise<R> {
  const { quota } = dependencies;
  if (quota === undefined) return commit();
  const attributes = attributesOf(dependencies, shownIn(dependencies.definition), request, object, undefined);
  if (!quota.concerns(attributes)) return commit();
  const giveBack = await quota.reserve(attributes);
  try {
    return await commit();
  } catch (error) {
    await giveBack();
    throw error;
  }
}

/** The version that a request is about, and its objects in it. */
type Shown = Pick<RequestVersion, 'place'> & { readonly show: (object: KubeObject) => KubeObject };

const shownIn = (place: Shown['place']): Shown => ({ place, show: (object) => object });

/** Of objects in the hub's version, which are shown in the version of the request. */
function attributesAsked<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  request: AdmittedRequest,
  object: T | undefined,
  old: T | undefined,
): AdmissionAttributes {
  const { version } = request.options;
  const shown: Shown =
    version === undefined
      ? shownIn(dependencies.definition)
      : { place: version.place, show: (one) => version.fromHub(one) };
  return attributesOf(dependencies, shown, request, object, old);
}

function attributesOf<T extends KubeObject>(
  { versions }: RegistryDependencies<T>,
  { place, show }: Shown,
  { context, operation, target, options }: AdmittedRequest,
  object: T | undefined,
  old: T | undefined,
): AdmissionAttributes {
  const { group, version, kind, plural, schema } = place;
  return {
    ...{ context, operation, subresource: options.subresource ?? '', ...target },
    kind: { group, version, kind },
    resource: { group, version, resource: plural },
    ...(object === undefined ? {} : { object: show(object) }),
    ...(old === undefined ? {} : { oldObject: show(old) }),
    schema: schema.root,
    ...(versions === undefined ? {} : { equivalents: equivalentsOf(versions, place) }),
    dryRun: options.dryRun === true,
    options: operationOptions(operation, options),
  };
}

const optionKinds = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' } as const;

/** The options of a write, as an AdmissionReview carries them in request.options. */
export function operationOptions(operation: Operation, options: DeleteOptions & { fieldValidation?: string }): object {
  const { dryRun = false, fieldManager, fieldValidation, preconditions = {} } = options;
  const { gracePeriodSeconds, orphanDependents, propagationPolicy } = options;
  const given = {
    dryRun: dryRun ? ['All'] : undefined,
    fieldManager,
    // Warn is the default: kube-apiserver leaves it out.
    fieldValidation: fieldValidation === 'Warn' ? undefined : fieldValidation,
    ...{ gracePeriodSeconds, orphanDependents, propagationPolicy },
    preconditions: Object.keys(preconditions).length === 0 || operation !== 'DELETE' ? undefined : preconditions,
  };
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  return { kind: optionKinds[operation], apiVersion: 'meta.k8s.io/v1', ...Object.fromEntries(said) };
}
