/**
 * The garbage collector. It deletes objects whose owners are all gone, and finishes foreground and orphan deletions,
 * for every stored resource of the server. Source: https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
import { kindKeys } from '../native.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { CallContext } from '../../apiserver/resource.ts';
import type { CachedObject } from '../../apiserver/watchcache/contract.ts';
import { apiVersionString, type KubeObject, type OwnerReference, type Stored } from '../../meta/object.ts';
import { isReason } from '../../meta/status.ts';
import { createLoop } from '../simulation/loop.ts';
import { controllerContext } from '../simulation/users.ts';
import { createView, type ViewChange } from '../simulation/view.ts';
import type { Simulator, World } from '../simulation/world.ts';
import { createOwnerGraph, type Dependent } from './graph.ts';
import { isCached, OwnerDeletion, withoutOwners } from './owner-deletion.ts';

/** Makes the simulator that watches all stored resources and deletes objects whose owners are all gone. */
export function createGarbageCollector(world: World): Simulator {
  const collector = new GarbageCollector(world.all, (key) => loop.add(key));
  const loop = createLoop(world, {
    name: 'garbage',
    workers: 16,
    reconcile: (key, signal) => collector.reconcile(key, controllerContext('generic-garbage-collector', signal)),
  });
  const views = world.all.map((registry) =>
    createView(
      () => registry.cache,
      (change) => collector.see(registry, change),
    ),
  );
  return { start: (signal) => loop.start(signal, views) };
}

const typeOf = ({ definition }: ResourceRegistry) => ({
  apiVersion: apiVersionString(definition),
  kind: definition.kind,
});

/** False only if the object has no owner and is not being deleted. */
function concerns(object: CachedObject): boolean {
  return object.mayHave?.('ownerReferences') !== false || object.mayHave('deletionTimestamp');
}

class GarbageCollector {
  readonly #graph = createOwnerGraph();
  readonly #registries: ReadonlyMap<string, ResourceRegistry>;
  readonly #deletions: OwnerDeletion;
  readonly #add: (key: string) => void;

  constructor(registries: readonly ResourceRegistry[], add: (key: string) => void) {
    this.#registries = new Map(
      registries.flatMap((registry) => kindKeys(registry.definition).map((key) => [key, registry] as const)),
    );
    this.#deletions = new OwnerDeletion(this.#graph, this.#registries);
    this.#add = add;
  }

  /** Most objects have no owner and are not being deleted: to know that, they need not be parsed. */
  see(registry: ResourceRegistry, { entry, before }: ViewChange<KubeObject>): void {
    if (entry && !concerns(entry) && (before === undefined || !concerns(before))) return;
    for (const owner of before?.metadata.ownerReferences ?? []) {
      if (this.#deletions.waits(owner.uid)) this.#add(`owner/${owner.uid}`);
    }
    if (entry) this.#seePresent(registry, entry.metadata);
    else if (before) this.#seeGone(before.metadata.uid);
  }

  #seePresent(registry: ResourceRegistry, metadata: Stored<KubeObject>['metadata']): void {
    const { uid, ownerReferences = [] } = metadata;
    this.#graph.put(typeOf(registry), metadata);
    if (ownerReferences.length > 0) this.#add(`dependent/${uid}`);
    if (this.#deletions.begin(registry, metadata)) this.#add(`owner/${uid}`);
  }

  #seeGone(uid: string): void {
    const dependents = this.#graph.dependents(uid);
    this.#graph.remove(uid);
    for (const dependent of dependents) this.#add(`dependent/${dependent.uid}`);
  }

  /** Asks the registry, because the cache may not know the owner yet. Owners of unknown kinds count as present. */
  async #isGone(dependent: Dependent, owner: OwnerReference): Promise<boolean> {
    if (isCached(this.#registries, dependent, owner)) return false;
    const registry = this.#registries.get(`${owner.apiVersion}/${owner.kind}`);
    if (!registry) return false;
    const namespace = registry.definition.namespaced ? dependent.namespace : '';
    try {
      const { object } = await registry.get({ namespace, name: owner.name });
      return object.metadata.uid !== owner.uid;
    } catch (error) {
      if (isReason(error, 'NotFound')) return true;
      throw error;
    }
  }

  async #reconcileDependent(uid: string, context: CallContext): Promise<void> {
    const dependent = this.#graph.get(uid);
    const registry = dependent && this.#registries.get(`${dependent.apiVersion}/${dependent.kind}`);
    if (!registry) return;
    const gone = new Set<string>();
    for (const owner of dependent.owners) if (await this.#isGone(dependent, owner)) gone.add(owner.uid);
    if (gone.size === 0) return;
    const target = { namespace: dependent.namespace, name: dependent.name };
    const preconditions = { uid };
    if (gone.size === dependent.owners.length) {
      await registry.delete(context, target, { preconditions, propagationPolicy: 'Background' });
    } else if (dependent.owners.some((one) => !gone.has(one.uid) && !this.#deletions.waits(one.uid))) {
      await registry.update(context, target, withoutOwners(gone), { preconditions });
    }
  }

  async reconcile(key: string, context: CallContext): Promise<undefined> {
    const uid = key.slice(key.indexOf('/') + 1);
    if (key.startsWith('owner/')) await this.#deletions.advance(uid, context);
    else await this.#reconcileDependent(uid, context);
  }
}
