/** Writes to native objects. */
import { LRUCache } from 'lru-cache';
import type { KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import type { PersistentVolumeClaim, PodDisruptionBudget, Service, StatefulSet } from '../../apis/kubernetes/types.ts';
import { clusterLabel } from '../../apis/kubedirector/well-known.ts';
import type { NativeClient, NativeClients } from '../../clients/contract.ts';
import type { KubeObject, Stored } from '../../meta/object.ts';
import { isReason } from '../../meta/status.ts';
import type { ActionOf, DeletedKind, OwnedKind } from '../plan/actions.ts';
import { covers } from '../plan/natives/drift.ts';
import { digest } from '../plan/names.ts';
import { isAdoptable } from '../plan/natives/ownership.ts';

type Owner = Stored<KubeDirectorCluster>;

/** Creates, repairs and deletes the native objects of clusters. Every write may be repeated. */
export interface NativeWrites {
  /**
   * An object of that name may be ours already.
   * @throws Error where it is somebody else's; StatusError AlreadyExists for one of ours without its label: it can be
   * repaired once it has been seen, and no watch shows it
   */
  createService(owner: Owner, object: Service): Promise<void>;
  createStatefulSet(owner: Owner, object: StatefulSet): Promise<void>;
  createBudget(owner: Owner, object: PodDisruptionBudget): Promise<void>;
  /** @throws Error where there is a claim of that name that is made of something else */
  createClaim(object: PersistentVolumeClaim): Promise<void>;
  /**
   * Whether the object has become what it should be by it; false also where it is gone.
   * @throws StatusError Conflict where something it has to do with has changed meanwhile: to be tried again
   */
  repair(action: ActionOf<'repair'>): Promise<boolean>;
  remove(namespace: string, action: ActionOf<'delete'>): Promise<void>;
}

/** So many objects that something keeps from being what they should be are remembered. */
const longestFutile = 16_384;

/** What changes in status alone does not make a repair of the spec worth another try. */
const attemptOn = ({ metadata }: Stored<KubeObject>, drift: object): string =>
  digest([metadata.generation ?? metadata.resourceVersion, drift]);

/** Remembers repairs that had no effect, so that one is not made again and again. */
export function createNativeWrites(native: NativeClients): NativeWrites {
  // By uid, what was tried without effect: something (an admission webhook, say) undoes it in the very write, and trying
  // again before either side has changed would go on for ever.
  const futile = new LRUCache<string, string>({ max: longestFutile });

  async function repair(action: ActionOf<'repair'>): Promise<boolean> {
    const { kind, actual, desired, drift } = action;
    const { uid } = actual.metadata;
    if (futile.get(uid) === attemptOn(actual, drift)) return false;
    try {
      const after = await clientOf(native, kind).apply(actual, desired, drift);
      const isRight = covers(drift, after);
      if (isRight) futile.delete(uid);
      else futile.set(uid, attemptOn(after, drift));
      return isRight && after.metadata.resourceVersion !== actual.metadata.resourceVersion;
    } catch (error) {
      // What deleted it has planned anew.
      if (!isReason(error, 'NotFound')) throw error;
      return false;
    }
  }

  return {
    createService: (owner, object) => create(native.services, owner, object),
    createStatefulSet: (owner, object) => create(native.statefulSets, owner, object),
    createBudget: (owner, object) => create(native.podDisruptionBudgets, owner, object),
    createClaim: (object) => createClaim(native.persistentVolumeClaims, native.claims, object),
    repair,
    async remove(namespace, { kind, name, uid, propagation }) {
      futile.delete(uid);
      try {
        await deleterOf(native, kind).delete(
          { namespace, name },
          { uid, ...(propagation === undefined ? {} : { propagation }) },
        );
      } catch (error) {
        if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
      }
    },
  };
}

async function create<T extends Service | StatefulSet | PodDisruptionBudget>(
  client: Pick<NativeClient<T>, 'create' | 'read'>,
  owner: Owner,
  object: T,
): Promise<void> {
  try {
    await client.create(object);
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) throw error;
    const { namespace = '', name = '' } = object.metadata;
    const existing = await client.read({ namespace, name });
    if (existing === undefined) throw error;
    if (!isAdoptable(owner, existing)) {
      throw new Error(`${object.kind} ${name} exists and is not this cluster's`, { cause: error });
    }
    if (existing.metadata.labels?.[clusterLabel] !== owner.metadata.name) throw error;
  }
}

async function createClaim(
  claims: Pick<NativeClients['persistentVolumeClaims'], 'create'>,
  reader: NativeClients['claims'],
  object: PersistentVolumeClaim,
): Promise<void> {
  try {
    await claims.create(object);
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) throw error;
    const { namespace = '', name = '' } = object.metadata;
    const existing = await reader.read({ namespace, name });
    const isSame = existing?.spec?.dataSource?.name === object.spec?.dataSource?.name;
    if (!isSame)
      throw new Error(`PersistentVolumeClaim ${name} exists and is made of something else`, { cause: error });
  }
}

function clientOf(native: NativeClients, kind: OwnedKind): Pick<NativeClient<KubeObject>, 'apply'> {
  return kind === 'Pod' ? native.pods : deleterOf(native, kind);
}

function deleterOf(native: NativeClients, kind: DeletedKind): Pick<NativeClient<KubeObject>, 'apply' | 'delete'> {
  switch (kind) {
    case 'StatefulSet':
      return native.statefulSets;
    case 'Service':
      return native.services;
    case 'PersistentVolumeClaim':
      return native.persistentVolumeClaims;
    case 'PodDisruptionBudget':
      return native.podDisruptionBudgets;
  }
}
