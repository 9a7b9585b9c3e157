/**
 * The store keys of objects: `/<group>/<plural>/<namespace>/<name>`, or `/<group>/<plural>/<name>` for cluster-scoped
 * resources; the core group is written "core". Other keys begin with `/internal/`.
 */
import type { NamespacedName } from '../../meta/object.ts';

interface KeySpace {
  readonly group: string;
  readonly plural: string;
}

/** The prefix of the store keys of a resource's objects, such as "/kubedirector.hpe.com/kubedirectorapps/". */
export function storePrefix({ group, plural }: KeySpace): string {
  return `/${group === '' ? 'core' : group}/${plural}/`;
}

/** The store key of one object. */
export function storeKey(resource: KeySpace, target: NamespacedName): string {
  return storePrefix(resource) + objectKey(target.namespace, target.name);
}

/** Keys that belong to no resource; no API group has this name, because it has no dot. */
export const internalPrefix = '/internal/';

/** The key that is touched by whoever writes something that refers to the object (see Guard). */
export function referenceKey(resource: KeySpace, target: NamespacedName): string {
  return `${internalPrefix}references${storeKey(resource, target)}`;
}

/** The key of an object within its resource: "namespace/name", or "name" if namespace is '' (cluster-scoped). */
export function objectKey(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

/** The reverse of objectKey. */
export function splitObjectKey(key: string): NamespacedName {
  const slash = key.indexOf('/');
  return slash < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Splits a store key into its resource's prefix and the key within the resource; undefined if it has another form. */
export function splitStoreKey(key: string): { prefix: string; key: string } | undefined {
  const afterGroup = key.indexOf('/', 1);
  const afterPlural = afterGroup < 0 ? -1 : key.indexOf('/', afterGroup + 1);
  if (!key.startsWith('/') || afterPlural < 0 || afterPlural === key.length - 1) return undefined;
  return { prefix: key.slice(0, afterPlural + 1), key: key.slice(afterPlural + 1) };
}

/** The first key after every key that begins with this (non-empty, ASCII-ended) prefix. */
export function prefixEnd(prefix: string): string {
  const last = prefix.length - 1;
  return prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1);
}
