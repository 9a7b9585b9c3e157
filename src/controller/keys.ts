/** Workqueue keys: "namespace/name". */
import type { KubeObject, NamespacedName } from '../meta/object.ts';

/** "namespace/name". */
export function keyOf({ namespace, name }: NamespacedName): string {
  return `${namespace}/${name}`;
}

/** "namespace/name" of an object. */
export function keyOfObject({ metadata }: KubeObject): string {
  return keyOf({ namespace: metadata.namespace ?? '', name: metadata.name ?? '' });
}

/** Reads what `keyOf` writes. */
export function parseKey(key: string): NamespacedName {
  const at = key.indexOf('/');
  return { namespace: key.slice(0, at), name: key.slice(at + 1) };
}
