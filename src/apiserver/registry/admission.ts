/** Where in a write the cluster's webhooks are asked. Source: k8s.io/apiserver/pkg/endpoints/handlers, pkg/registry/rest */
import { invalid } from '../../meta/field-error.ts';
import { apiVersionString, type GroupVersionKind, type KubeObject, type NamespacedName } from '../../meta/object.ts';
import { invalidObject } from '../../meta/status.ts';
import type { AdmissionAttributes, Operation } from '../admission/contract.ts';
import type { CallContext, DeleteOptions } from './contract.ts';
import type { RegistryDependencies } from './dependencies.ts';
import { without } from './system-metadata.ts';

/** A write, as far as it is known before its objects are. */
export interface Admitted {
  readonly context: CallContext;
  readonly operation: Operation;
  /** The name is '' where it is still to be made. */
  readonly target: NamespacedName;
  readonly subresource?: 'status' | undefined;
  readonly options: DeleteOptions;
}

/** Whether there is anybody to be asked: if not, a write costs nothing more. */
export function isAdmitted<T extends KubeObject>({ admission, definition }: RegistryDependencies<T>): boolean {
  return admission?.concerns(definition.group) === true;
}

/**
 * @param object in its schema's shape
 * @returns the object as mutating webhooks leave it, the very same where they do
 * @throws StatusError as Admission.mutate; 422 where it is no longer of its kind
 */
export async function mutated<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  write: Admitted,
  object: T,
  old?: T,
): Promise<T> {
  const { admission, definition } = dependencies;
  if (admission === undefined) return object;
  const attributes = attributesOf(dependencies, write, object, old);
  const made = await admission.mutate(attributes, (changed) => definition.schema.applyDefaults(changed));
  if (made === undefined || made === object) return object;
  checkKind(definition, made, object.metadata.name ?? '');
  return made as T;
}

/** Before a deletion is made: both kinds of webhooks, none of which can change anything. @throws StatusError */
export async function admitDeletion<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  write: Admitted,
  old: T,
): Promise<void> {
  const attributes = attributesOf(dependencies, write, undefined, old);
  await dependencies.admission?.mutate(attributes, (object) => object);
  await dependencies.admission?.validate(attributes);
}

/** Before the object is written, as it is going to be. @throws StatusError as Admission.validate */
export async function validated<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  write: Admitted,
  object: T,
  old?: T,
): Promise<void> {
  await dependencies.admission?.validate(attributesOf(dependencies, write, object, old));
}

function attributesOf<T extends KubeObject>(
  { definition }: RegistryDependencies<T>,
  { context, operation, target, subresource, options }: Admitted,
  object: T | undefined,
  old: T | undefined,
): AdmissionAttributes {
  const { group, version, kind, plural } = definition;
  return {
    ...{ context, operation, subresource: subresource ?? '', ...target },
    kind: { group, version, kind },
    resource: { group, version, resource: plural },
    ...(object === undefined ? {} : { object }),
    ...(old === undefined ? {} : { oldObject: old }),
    dryRun: options.dryRun === true,
    options: operationOptions(operation, options),
  };
}

const optionKinds = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' } as const;

/** As webhooks get to see them. */
export function operationOptions(operation: Operation, options: DeleteOptions & { fieldValidation?: string }): object {
  const { dryRun = false, fieldManager, fieldValidation, preconditions = {} } = options;
  const { gracePeriodSeconds, orphanDependents, propagationPolicy } = options;
  const given = {
    dryRun: dryRun ? ['All'] : undefined,
    fieldManager,
    // What counts where nothing is said, is not said.
    fieldValidation: fieldValidation === 'Warn' ? undefined : fieldValidation,
    ...{ gracePeriodSeconds, orphanDependents, propagationPolicy },
    preconditions: Object.keys(preconditions).length === 0 || operation !== 'DELETE' ? undefined : preconditions,
  };
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  return { kind: optionKinds[operation], apiVersion: 'meta.k8s.io/v1', ...Object.fromEntries(said) };
}

/** @throws StatusError 422 */
export function checkKind(expected: GroupVersionKind, object: KubeObject, name: string): void {
  const { kind } = expected;
  const apiVersion = apiVersionString(expected);
  const errors = [
    ...(object.apiVersion === apiVersion ? [] : [invalid('apiVersion', object.apiVersion, `must be ${apiVersion}`)]),
    ...(object.kind === kind ? [] : [invalid('kind', object.kind, `must be ${kind}`)]),
  ];
  if (errors.length > 0) throw invalidObject(expected, name, errors);
}

/** As webhooks see an object that is to be made: what only the server may say is not said yet. */
export function unmade<T extends KubeObject>(object: T, namespace: string): T {
  const metadata = without(
    object.metadata,
    ...['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink'],
  );
  return { ...object, metadata: namespace === '' ? metadata : { ...metadata, namespace } };
}
