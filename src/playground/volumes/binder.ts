/**
 * The PersistentVolume controller, the provisioners of all storage classes, and the protection of claims in use.
 * Source: https://kubernetes.io/docs/concepts/storage/persistent-volumes/
 */
import type { PersistentVolume } from '../../apis/kubernetes/types.ts';
import type { Stored } from '../../meta/object.ts';
import { createLoop } from '../simulation/loop.ts';
import { controllerContext } from '../simulation/users.ts';
import { createView } from '../simulation/view.ts';
import type { Simulator, World } from '../simulation/world.ts';
import { ClaimWorker } from './claim-worker.ts';
import { createClaimUsers } from './claim-users.ts';
import { provisionedName } from './provisioned-volume.ts';
import { VolumeWorker } from './volume-worker.ts';

const claimKey = (key: string): string => `claim/${key}`;
const volumeKey = (name: string): string => `volume/${name}`;

/** Makes the simulator that binds, provisions, resizes and releases volumes. */
export function createVolumeBinder(world: World): Simulator {
  const { claims, volumes, pods, snapshots, storageClasses } = world.native;
  /** Only claims that wait for a volume, and only volumes that are not bound. These are few, even if all are many. */
  const unbound = new Set<string>();
  const loose = new Map<string, Stored<PersistentVolume>>();
  const users = createClaimUsers();
  const claimWorker = new ClaimWorker(
    world,
    () => [...loose.values()],
    (key) => users.inUse(key),
  );
  const volumeWorker = new VolumeWorker(world);
  const loop = createLoop(world, {
    name: 'volumes',
    workers: 16,
    reconcile(key, signal) {
      const context = controllerContext('persistent-volume-binder', signal);
      const own = key.slice(key.indexOf('/') + 1);
      return key.startsWith('claim/') ? claimWorker.reconcile(own, context) : volumeWorker.reconcile(own, context);
    },
  });
  const retryUnbound = (): void => unbound.forEach((key) => loop.add(claimKey(key)));

  const podView = createView(
    () => pods.cache,
    ({ key, object }) => users.update(key, object).forEach((claim) => loop.add(claimKey(claim))),
  );
  const classView = createView(() => storageClasses.cache, retryUnbound);
  const snapshotView = createView(() => snapshots.cache, retryUnbound);
  const volumeView = createView(
    () => volumes.cache,
    ({ key, object, old }) => {
      const { phase } = object?.status ?? {};
      if (object && phase !== 'Bound' && phase !== 'Released') loose.set(key, object);
      else loose.delete(key);
      loop.add(volumeKey(key));
      const reference = (object ?? old)?.spec?.claimRef;
      if (reference) loop.add(claimKey(`${reference.namespace ?? ''}/${reference.name ?? ''}`));
      else if (phase === 'Available') retryUnbound();
    },
  );
  const claimView = createView(
    () => claims.cache,
    ({ key, object, old }) => {
      if (object && object.status?.phase !== 'Bound') unbound.add(key);
      else unbound.delete(key);
      loop.add(claimKey(key));
      const volume = (object ?? old)?.spec?.volumeName;
      if (!object && volume) loop.add(volumeKey(volume));
      else if (!object && old) loop.add(volumeKey(provisionedName(old.metadata.uid)));
    },
  );
  return {
    start(signal) {
      loop.start(signal, [podView, classView, snapshotView, volumeView, claimView]);
    },
  };
}
