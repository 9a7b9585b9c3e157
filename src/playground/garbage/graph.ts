/** Who owns whom, by uid: kept up to date from every resource's changes. */
import type { KubeObject, NamespacedName, OwnerReference, Stored } from '../../meta/object.ts';

export interface Dependent extends NamespacedName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly uid: string;
  readonly owners: readonly OwnerReference[];
}

export interface OwnerGraph {
  put(object: Stored<KubeObject>): void;
  remove(uid: string): void;
  /** Present now, as far as the caches have told. */
  exists(uid: string): boolean;
  get(uid: string): Dependent | undefined;
  dependents(owner: string): readonly Dependent[];
}

export function createOwnerGraph(): OwnerGraph {
  /** Every object that is there. */
  const present = new Set<string>();
  /** Only those that have owners. */
  const nodes = new Map<string, Dependent>();
  const byOwner = new Map<string, Set<string>>();

  function unlink(uid: string): void {
    for (const owner of nodes.get(uid)?.owners ?? []) {
      const siblings = byOwner.get(owner.uid);
      if (siblings?.delete(uid) && siblings.size === 0) byOwner.delete(owner.uid);
    }
    nodes.delete(uid);
  }
  return {
    put({ apiVersion, kind, metadata: { uid, name, namespace = '', ownerReferences: owners = [] } }) {
      unlink(uid);
      present.add(uid);
      if (owners.length === 0) return;
      nodes.set(uid, { apiVersion, kind, namespace, name, uid, owners });
      for (const owner of owners) byOwner.set(owner.uid, (byOwner.get(owner.uid) ?? new Set()).add(uid));
    },
    remove(uid) {
      unlink(uid);
      present.delete(uid);
    },
    exists: (uid) => present.has(uid),
    get: (uid) => nodes.get(uid),
    dependents: (owner) => [...(byOwner.get(owner) ?? [])].flatMap((uid) => nodes.get(uid) ?? []),
  };
}
