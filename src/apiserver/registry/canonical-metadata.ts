/**
 * Metadata as kube-apiserver's Go types read and write it: empty fields are left out, repeated owner references are
 * kept once. Source: k8s.io/apiserver/pkg/endpoints/handlers/rest.go (dedupOwnerReferences),
 * pkg/registry/customresource
 */
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import type { KubeObject, ObjectMeta, OwnerReference } from '../../meta/object.ts';
import { qualifiedNameErrors } from '../../meta/names.ts';

/** Go leaves them out of JSON if they are empty (omitempty). */
const droppedIfEmpty = [
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
  'managedFields',
  'generateName',
  'namespace',
  'selfLink',
] as const;

/** A null element of these is read as the zero value of Go's type. */
const zeroOfElements: Readonly<Record<string, unknown>> = {
  labels: '',
  annotations: '',
  finalizers: '',
  ownerReferences: {},
};

/** A copy without empty fields; the same object if there is nothing to change. Accepts metadata of any shape. */
export function canonicalMetadata<T extends KubeObject>(object: T): T {
  const metadata = object.metadata as JsonObject;
  const isChanged = Object.keys(metadata).some((key) => canonical(key, metadata[key]) !== metadata[key]);
  if (!isChanged) return object;
  const entries = Object.entries(metadata).map(([key, value]): [string, unknown] => [key, canonical(key, value)]);
  return { ...object, metadata: Object.fromEntries(entries.filter(([, value]) => value !== undefined)) };
}

function canonical(key: string, value: unknown): unknown {
  if ((droppedIfEmpty as readonly string[]).includes(key) && isEmpty(value)) return undefined;
  return Object.hasOwn(zeroOfElements, key) ? withoutNulls(value, zeroOfElements[key]) : value;
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value) || typeof value === 'string') return value.length === 0;
  return value === null || (isJsonObject(value) && Object.keys(value).length === 0);
}

function withoutNulls(elements: unknown, zero: unknown): unknown {
  if (Array.isArray(elements)) {
    return elements.includes(null) ? elements.map((element: unknown) => element ?? zero) : elements;
  }
  if (!isJsonObject(elements) || !Object.values(elements).includes(null)) return elements;
  return Object.fromEntries(Object.entries(elements).map(([key, element]) => [key, element ?? zero]));
}

/**
 * The object with each owner reference once.
 * @param warn called if there were repeated ones, with kube-apiserver's words
 * @param isAdmitted whether mutating admission has run; the warning says so
 */
export function withDistinctOwners<T extends KubeObject>(
  object: T,
  warn: (message: string) => void,
  isAdmitted: boolean,
): T {
  const { ownerReferences: owners } = object.metadata;
  if (!Array.isArray(owners) || owners.length < 2) return object;
  // Looked up by their text: a comparison of each with each would grow with the square of their number.
  const seen = new Set<string>();
  const repeated: string[] = [];
  const distinct = owners.filter((owner: OwnerReference) => {
    const text = JSON.stringify(Object.entries(owner).sort(([a], [b]) => (a < b ? -1 : 1)));
    if (!seen.has(text)) return seen.add(text);
    repeated.push(owner.uid);
    return false;
  });
  if (repeated.length === 0) return object;
  const when = isAdmitted ? ' after mutating admission happens' : '';
  warn(
    `.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${repeated.join(', ')}`,
  );
  return { ...object, metadata: { ...object.metadata, ownerReferences: distinct } };
}

const standardFinalizers: readonly string[] = ['orphan', 'foregroundDeletion', 'kubernetes'];

/** Warnings about the names of finalizers that the old object did not have, in kube-apiserver's words. */
export function finalizerWarnings({ finalizers = [] }: ObjectMeta, old: ObjectMeta = {}): string[] {
  const known = new Set(old.finalizers);
  const added = [...new Set(finalizers)].filter((name) => !known.has(name)).sort();
  return added.flatMap((name) => {
    const subject = `metadata.finalizers: ${JSON.stringify(name)}`;
    const problems = qualifiedNameErrors(name).map((problem) => `${subject}: ${problem}`);
    if (name.includes('/') || standardFinalizers.includes(name)) return problems;
    const path = name.includes('.') ? ' including a path (/)' : '';
    return [
      ...problems,
      `${subject}: prefer a domain-qualified finalizer name${path} to avoid accidental conflicts with other finalizer writers`,
    ];
  });
}
