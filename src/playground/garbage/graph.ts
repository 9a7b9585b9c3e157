/** Which objects own which, by uid. The garbage collector updates it on every change of a resource. */
import type { KubeObject, NamespacedName, OwnerReference, Stored } from '../../meta/object.ts';

/** An object that has at least one owner reference. */
export interface Dependent extends NamespacedName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly uid: string;
  readonly owners: readonly OwnerReference[];
}

/** The objects that have owners, by uid, and the links from owners to them. */
export interface OwnerGraph {
  put(type: Pick<Dependent, 'apiVersion' | 'kind'>, metadata: Stored<KubeObject>['metadata']): void;
  remove(uid: string): void;
  get(uid: string): Dependent | undefined;
  dependents(owner: string): readonly Dependent[];
}

/** An empty graph. */
export function createOwnerGraph(): OwnerGraph {
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
    put({ apiVersion, kind }, { uid, name, namespace = '', ownerReferences: owners = [] }) {
      unlink(uid);
      if (owners.length === 0) return;
      nodes.set(uid, { apiVersion, kind, namespace, name, uid, owners });
      for (const owner of owners) byOwner.set(owner.uid, (byOwner.get(owner.uid) ?? new Set()).add(uid));
    },
    remove: unlink,
    get: (uid) => nodes.get(uid),
    dependents: (owner) => [...(byOwner.get(owner) ?? [])].flatMap((uid) => nodes.get(uid) ?? []),
  };
}
