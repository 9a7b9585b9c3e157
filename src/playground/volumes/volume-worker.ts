/** Reconciles one volume: makes it available, releases it, or deletes it. */
import type { PersistentVolume } from '../../apis/kubernetes/types.ts';
import type { CallContext } from '../../apiserver/resource.ts';
import type { Stored } from '../../meta/object.ts';
import type { World } from '../simulation/world.ts';
import { volumeProtection } from './annotations.ts';

/** Does the work for volumes; volumes/binder.ts decides when. */
export class VolumeWorker {
  readonly #native: World['native'];

  constructor(world: World) {
    this.#native = world.native;
  }

  async reconcile(name: string, context: CallContext): Promise<undefined> {
    const { volumes } = this.#native;
    const volume = volumes.cache.get('', name)?.object;
    if (!volume) return;
    const held = this.#isHeld(volume);
    const target = { namespace: '', name };
    if (volume.metadata.deletionTimestamp) {
      if (!held) await this.#unprotect(volume, context);
    } else if (!held) {
      const { claimRef, persistentVolumeReclaimPolicy } = volume.spec ?? {};
      if (claimRef?.uid && persistentVolumeReclaimPolicy === 'Delete') {
        await volumes.delete(context, target, { preconditions: { uid: volume.metadata.uid } });
        return;
      }
      const phase = claimRef?.uid ? 'Released' : 'Available';
      if (volume.status?.phase === phase) return;
      const next = (now: Stored<PersistentVolume> | undefined): PersistentVolume => ({
        ...(now ?? volume),
        status: { phase },
      });
      await volumes.update(context, target, next, { subresource: 'status' });
    }
  }

  /** Whether its claim still exists. */
  #isHeld({ spec }: PersistentVolume): boolean {
    const reference = spec?.claimRef;
    if (!reference) return false;
    const claim = this.#native.claims.cache.get(reference.namespace ?? '', reference.name ?? '')?.object;
    return claim !== undefined && (!reference.uid || claim.metadata.uid === reference.uid);
  }

  async #unprotect(volume: Stored<PersistentVolume>, context: CallContext): Promise<void> {
    if (!volume.metadata.finalizers?.includes(volumeProtection)) return;
    const { uid, name } = volume.metadata;
    await this.#native.volumes.update(
      context,
      { namespace: '', name },
      (now) => {
        const current = now ?? volume;
        const finalizers = (current.metadata.finalizers ?? []).filter((one) => one !== volumeProtection);
        return { ...current, metadata: { ...current.metadata, finalizers } };
      },
      { preconditions: { uid } },
    );
  }
}
