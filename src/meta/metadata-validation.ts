/**
 * The rules of `metadata`. Source: k8s.io/apimachinery/pkg/api/validation/objectmeta.go and
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/
 */
import { forbidden, invalid, required, tooLong, type FieldError } from './field-error.ts';
import { dns1123LabelErrors, dns1123SubdomainErrors, labelValueErrors, qualifiedNameErrors } from './names.ts';
import type { ObjectMeta, OwnerReference } from './object.ts';

/** Bytes of all keys and values of annotations together. */
export const maxAnnotationsSize = 262_144;
const orphanFinalizer = 'orphan';
const foregroundFinalizer = 'foregroundDeletion';

interface ObjectMetaRules {
  readonly namespaced: boolean;
  /**
   * What is wrong with a name; absent: it must be an RFC 1123 subdomain.
   * @param isPrefix of a generated name: it may be longer, since it is cut
   */
  readonly validateName?: ((name: string, isPrefix?: boolean) => string[]) | undefined;
}

/** What is wrong with labels: their keys and their values. `path` is the field that the errors name. */
export function validateLabels(labels: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...qualifiedNameErrors(key).map((error) => invalid(path, key, error)),
    ...labelValueErrors(value).map((error) => invalid(path, value, error)),
  ]);
}

/** Bytes of all keys and values together; values that are no text count as none. */
export function annotationsSize(annotations: Readonly<Record<string, unknown>>): number {
  const bytes = (value: unknown): number => (typeof value === 'string' ? Buffer.byteLength(value) : 0);
  return Object.entries(annotations).reduce((sum, [key, value]) => sum + bytes(key) + bytes(value), 0);
}

/** What is wrong with annotations. Keys may have upper case, also before the slash. All keys and values together: 256 KiB. */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: string,
): FieldError[] {
  const entries = Object.entries(annotations ?? {});
  const errors = entries.flatMap(([key]) =>
    qualifiedNameErrors(key.toLowerCase()).map((error) => invalid(path, key, error)),
  );
  return annotationsSize(annotations ?? {}) > maxAnnotationsSize
    ? [...errors, tooLong(path, maxAnnotationsSize)]
    : errors;
}

/** In the order in which Kubernetes prints them. */
const printable = ({
  apiVersion,
  kind,
  name,
  uid,
  controller,
  blockOwnerDeletion,
}: OwnerReference): OwnerReference => ({
  apiVersion,
  kind,
  name,
  uid,
  ...(controller === undefined ? {} : { controller }),
  ...(blockOwnerDeletion === undefined ? {} : { blockOwnerDeletion }),
});

function validateOwnerReference(reference: Partial<OwnerReference>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { apiVersion = '', kind = '', name = '', uid = '' } = reference;
  if (apiVersion === '') errors.push(required(`${path}.apiVersion`, 'must not be empty'));
  else if (!/^([^/]*\/)?[^/]+$/.test(apiVersion)) {
    errors.push(invalid(`${path}.apiVersion`, apiVersion, 'must be <group>/<version> or <version>'));
  }
  for (const [field, value] of Object.entries({ kind, name, uid })) {
    if (value === '') errors.push(required(`${path}.${field}`, 'must not be empty'));
  }
  if (apiVersion === 'v1' && kind === 'Event') {
    const detail = '/v1, Kind=Event is disallowed from being an owner';
    errors.push(invalid(path, printable({ ...reference, apiVersion, kind, name, uid }), detail));
  }
  return errors;
}

function validateOwnerReferences(references: readonly OwnerReference[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  let first: string | undefined;
  references.forEach((reference, index) => {
    errors.push(...validateOwnerReference(reference, `${path}[${index}]`));
    if (reference.controller !== true) return;
    const owner = `${reference.kind}/${reference.name}`;
    if (first === undefined) {
      first = owner;
      return;
    }
    const detail = `Only one reference can have Controller set to true. Found "true" in references for ${first} and ${owner}`;
    errors.push(invalid(path, references.map(printable), detail));
  });
  return errors;
}

function validateFinalizers(finalizers: readonly string[], path: string): FieldError[] {
  const errors = finalizers.flatMap((finalizer) =>
    qualifiedNameErrors(finalizer).map((error) => invalid(path, finalizer, error)),
  );
  if (finalizers.includes(orphanFinalizer) && finalizers.includes(foregroundFinalizer)) {
    const detail = `finalizer ${orphanFinalizer} and ${foregroundFinalizer} cannot be both set`;
    errors.push(invalid(path, finalizers, detail));
  }
  return errors;
}

/** What holds at creation and at every later write. */
function validateCommonMeta(meta: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  if (meta.generation !== undefined && meta.generation < 0) {
    errors.push(invalid('metadata.generation', meta.generation, 'must be greater than or equal to 0'));
  }
  return [
    ...errors,
    ...validateLabels(meta.labels, 'metadata.labels'),
    ...validateAnnotations(meta.annotations, 'metadata.annotations'),
    ...validateOwnerReferences(meta.ownerReferences ?? [], 'metadata.ownerReferences'),
    ...validateFinalizers(meta.finalizers ?? [], 'metadata.finalizers'),
  ];
}

function validateNamespace(namespace: string, namespaced: boolean): FieldError[] {
  const path = 'metadata.namespace';
  if (!namespaced) return namespace === '' ? [] : [forbidden(path, 'not allowed on this type')];
  if (namespace === '') return [required(path, '')];
  return dns1123LabelErrors(namespace).map((error) => invalid(path, namespace, error));
}

/** The name that stands for a generateName in validation. A dash at its end is allowed, since a suffix follows it. */
function asName(prefix: string): string {
  return prefix.length > 1 && prefix.endsWith('-') ? `${prefix.slice(0, -2)}a` : prefix;
}

/**
 * The rules at creation, checked after the name has been generated. A bad generateName is reported itself, and once more
 * as a bad name where the name was made from it; Kubernetes does the same. The errors' fields begin with `metadata.`.
 * managedFields are not checked here: server-side apply drops bad ones.
 */
export function validateObjectMeta(meta: ObjectMeta, rules: ObjectMetaRules): FieldError[] {
  const { namespaced, validateName = dns1123SubdomainErrors } = rules;
  const { name = '', namespace = '', generateName = '' } = meta;
  const errors = validateGenerateName(generateName, validateName);
  if (name === '') errors.push(required('metadata.name', 'name or generateName is required'));
  else errors.push(...validateName(name).map((error) => invalid('metadata.name', name, error)));
  return [...errors, ...validateNamespace(namespace, namespaced), ...validateCommonMeta(meta)];
}

function validateGenerateName(
  generateName: string,
  validateName: NonNullable<ObjectMetaRules['validateName']>,
): FieldError[] {
  if (generateName === '') return [];
  const why = validateName(asName(generateName), true);
  return why.map((error) => invalid('metadata.generateName', generateName, error));
}

const immutable = (field: string, value: unknown): FieldError =>
  invalid(`metadata.${field}`, value, 'field is immutable');

const sameTime = (a: string | undefined, b: string | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && Date.parse(a) === Date.parse(b));

function validateUnchanged(meta: ObjectMeta, old: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['name', 'namespace', 'uid'] as const) {
    if ((meta[field] ?? '') !== (old[field] ?? '')) errors.push(immutable(field, meta[field] ?? ''));
  }
  for (const field of ['creationTimestamp', 'deletionTimestamp'] as const) {
    if (!sameTime(meta[field], old[field])) errors.push(immutable(field, meta[field]));
  }
  if (meta.deletionGracePeriodSeconds !== old.deletionGracePeriodSeconds) {
    errors.push(immutable('deletionGracePeriodSeconds', meta.deletionGracePeriodSeconds));
  }
  return errors;
}

/**
 * The rules at an update. `meta` belongs to the object that is about to be written. Fields that the client may leave out
 * and the server keeps are already filled in: uid, creationTimestamp, deletionTimestamp, and the resourceVersion of an
 * unconditional update.
 */
export function validateObjectMetaUpdate(
  meta: ObjectMeta,
  old: ObjectMeta,
  validateName: NonNullable<ObjectMetaRules['validateName']> = dns1123SubdomainErrors,
): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp !== undefined) {
    const known = new Set(old.finalizers);
    const added = [...new Set(meta.finalizers)].filter((finalizer) => !known.has(finalizer)).sort();
    if (added.length > 0) {
      const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
      const detail = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
      errors.push(forbidden('metadata.finalizers', detail));
    }
  }
  if ((meta.resourceVersion ?? '') === '') {
    errors.push(invalid('metadata.resourceVersion', '', 'must be specified for an update'));
  }
  if ((meta.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(invalid('metadata.generation', meta.generation ?? 0, 'must not be decremented'));
  }
  const { generateName = '' } = meta;
  const isOther = generateName !== (old.generateName ?? '');
  return [
    ...errors,
    ...validateUnchanged(meta, old),
    ...(isOther ? validateGenerateName(generateName, validateName) : []),
    ...validateCommonMeta(meta),
  ];
}
