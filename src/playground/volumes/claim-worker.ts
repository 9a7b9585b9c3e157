/** Reconciles one claim: binds it, resizes it, or lets it be deleted. */
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../apis/kubernetes/types.ts';
import type { CallContext } from '../../apiserver/resource.ts';
import { splitObjectKey } from '../../apiserver/watchcache/keys.ts';
import type { NamespacedName, Stored } from '../../meta/object.ts';
import { createDeadlines, type Deadlines } from '../simulation/deadlines.ts';
import { kubeTime } from '../../meta/kube-time.ts';
import { omit } from '../omit.ts';
import type { RecordEvent } from '../simulation/event-recorder.ts';
import type { World } from '../simulation/world.ts';
import {
  bindCompletedAnnotation,
  boundByControllerAnnotation,
  claimProtection,
  selectedNodeAnnotation,
} from './annotations.ts';
import { findVolume, quantityOf } from './find-volume.ts';
import { provisionedName, provisionedVolume } from './provisioned-volume.ts';

type Claim = Stored<PersistentVolumeClaim>;
type Volume = Stored<PersistentVolume>;

const noProvisioner = 'kubernetes.io/no-provisioner';
const targetOf = ({ metadata }: Claim | Volume): NamespacedName => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
});

/** Does the work for claims; volumes/binder.ts decides when. */
export class ClaimWorker {
  readonly #world: World;
  readonly #record: RecordEvent;
  readonly #deadlines: Deadlines;
  readonly #candidates: () => readonly Volume[];
  readonly #inUse: (key: string) => boolean;

  /** @param candidates volumes that are not bound @param inUse whether a pod mounts the claim with this key */
  constructor(world: World, candidates: () => readonly Volume[], inUse: (key: string) => boolean) {
    this.#world = world;
    this.#record = world.record('persistentvolume-controller');
    this.#deadlines = createDeadlines(world.clock, world.random);
    this.#candidates = candidates;
    this.#inUse = inUse;
  }

  /** @returns milliseconds to wait before the next call, if the volume is not provisioned yet */
  async reconcile(key: string, context: CallContext): Promise<number | undefined> {
    const { claims, volumes } = this.#world.native;
    const target = splitObjectKey(key);
    const claim = claims.cache.get(target.namespace, target.name)?.object;
    if (!claim || claim.status?.phase === 'Lost') return undefined;
    if (claim.metadata.deletionTimestamp) {
      if (!this.#inUse(key)) await this.#unprotect(claim, context);
      return undefined;
    }
    if (claim.status?.phase !== 'Bound') return this.#findOrMake(claim, context);
    const volume = volumes.cache.get('', claim.spec?.volumeName ?? '')?.object;
    if (volume) return this.#expand(claim, volume, context);
    await this.#lose(claim, context);
    return undefined;
  }

  async #unprotect(claim: Claim, context: CallContext): Promise<void> {
    if (!claim.metadata.finalizers?.includes(claimProtection)) return;
    const preconditions = { uid: claim.metadata.uid };
    await this.#world.native.claims.update(
      context,
      targetOf(claim),
      (now) => {
        const current = now ?? claim;
        const finalizers = (current.metadata.finalizers ?? []).filter((one) => one !== claimProtection);
        return { ...current, metadata: { ...current.metadata, finalizers } };
      },
      { preconditions },
    );
  }

  async #lose(claim: Claim, context: CallContext): Promise<void> {
    const message = 'Bound claim has lost its PersistentVolume. Data on the volume is lost!';
    this.#record(claim, 'Warning', 'ClaimLost', message);
    await this.#showStatus(claim, { phase: 'Lost' }, context);
  }

  async #showStatus(
    claim: Claim,
    status: NonNullable<PersistentVolumeClaim['status']>,
    context: CallContext,
  ): Promise<void> {
    const { claims } = this.#world.native;
    const next = (now: Claim | undefined): PersistentVolumeClaim => ({ ...(now ?? claim), status });
    const preconditions = { uid: claim.metadata.uid };
    await claims.update(context, targetOf(claim), next, { subresource: 'status', preconditions });
  }

  async #findOrMake(claim: Claim, context: CallContext): Promise<number | undefined> {
    // After an interrupted binding the claim may already hold a volume that is not among the candidates.
    const isCopy = claim.spec?.dataSource !== undefined;
    const existing = this.#ownVolume(claim) ?? (isCopy ? undefined : findVolume(claim, this.#candidates()));
    if (existing) {
      await this.#bind(claim, existing, context);
      return undefined;
    }
    const storageClass = this.#classFor(claim);
    if (!storageClass || !this.#hasSource(claim)) return undefined;
    const left = this.#deadlines.remaining(claim.metadata.uid, 'provision', this.#world.delays.provisionVolume);
    if (left > 0) return left;
    const made = await this.#world.native.volumes.create(context, '', provisionedVolume(claim, storageClass));
    const name = made.object.metadata.name;
    this.#record(claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${name}`);
    await this.#bind(claim, made.object, context);
    return undefined;
  }

  /** Whether what the volume is to be made of is there, and not larger. If not, an event says why. */
  #hasSource(claim: Claim): boolean {
    const { dataSource, resources } = claim.spec ?? {};
    if (dataSource?.kind !== 'VolumeSnapshot') return true;
    const { namespace = '' } = claim.metadata;
    const snapshot = this.#world.native.snapshots.cache.get(namespace, dataSource.name)?.object;
    const failed = (why: string): false => {
      this.#record(claim, 'Warning', 'ProvisioningFailed', `failed to provision volume: ${why}`);
      return false;
    };
    if (snapshot === undefined) return failed(`error getting snapshot ${dataSource.name} from api server: not found`);
    if (snapshot.status?.readyToUse !== true) return failed(`snapshot ${dataSource.name} is not Ready`);
    const [needed, asked] = [snapshot.status.restoreSize, resources?.requests?.['storage']].map(quantityOf);
    const isTooSmall = needed !== undefined && asked !== undefined && asked.compare(needed) < 0;
    return (
      !isTooSmall ||
      failed(`requested volume size is less than the size ${String(snapshot.status.restoreSize)} of the snapshot`)
    );
  }

  #ownVolume({ metadata, spec }: Claim): Volume | undefined {
    const { cache } = this.#world.native.volumes;
    for (const name of [spec?.volumeName, provisionedName(metadata.uid)]) {
      const volume = name === undefined ? undefined : cache.get('', name)?.object;
      if (volume?.spec?.claimRef?.uid === metadata.uid) return volume;
    }
    return undefined;
  }

  /** The class that provisions the volume now. If there is none, an event says why. */
  #classFor(claim: Claim): Stored<StorageClass> | undefined {
    const name = claim.spec?.storageClassName ?? '';
    const storageClass = this.#world.native.storageClasses.cache.get('', name)?.object;
    const noVolume = 'no persistent volumes available for this claim and no storage class is set';
    if (name === '' || storageClass?.provisioner === noProvisioner) {
      this.#record(claim, 'Normal', 'FailedBinding', noVolume);
      return undefined;
    }
    if (!storageClass) {
      this.#record(claim, 'Warning', 'ProvisioningFailed', `storageclass.storage.k8s.io "${name}" not found`);
      return undefined;
    }
    const waits = storageClass.volumeBindingMode === 'WaitForFirstConsumer';
    if (!waits || claim.metadata.annotations?.[selectedNodeAnnotation]) return storageClass;
    const message = 'waiting for first consumer to be created before binding';
    this.#record(claim, 'Normal', 'WaitForFirstConsumer', message);
    return undefined;
  }

  async #bind(claim: Claim, volume: Volume, context: CallContext): Promise<void> {
    const { claims, volumes } = this.#world.native;
    const volumeName = volume.metadata.name;
    if (volume.spec?.claimRef?.uid !== claim.metadata.uid) {
      const { uid } = claim.metadata;
      const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...targetOf(claim), uid };
      await volumes.update(context, targetOf(volume), (now) => ({
        ...(now ?? volume),
        spec: { ...(now ?? volume).spec, claimRef },
      }));
    }
    if (claim.spec?.volumeName !== volumeName) {
      const marks = { [bindCompletedAnnotation]: 'yes', [boundByControllerAnnotation]: 'yes' };
      await claims.update(context, targetOf(claim), (now) => {
        const current = now ?? claim;
        const annotations = { ...current.metadata.annotations, ...marks };
        return {
          ...current,
          metadata: { ...current.metadata, annotations },
          spec: { ...current.spec, volumeName },
        };
      });
    }
    const bound = (now: Volume | undefined): PersistentVolume => ({ ...(now ?? volume), status: { phase: 'Bound' } });
    if (volume.status?.phase !== 'Bound') {
      await volumes.update(context, targetOf(volume), bound, { subresource: 'status' });
    }
    // The last of the four writes. Until it succeeds, the claim is reconciled again and missing writes are repeated.
    const { accessModes, capacity } = volume.spec ?? {};
    const status = { phase: 'Bound', ...(accessModes ? { accessModes } : {}), ...(capacity ? { capacity } : {}) };
    await this.#showStatus(claim, status, context);
  }

  /** A claim that requests more storage gets it after a while. @returns milliseconds that are left of it */
  async #expand(claim: Claim, volume: Volume, context: CallContext): Promise<number | undefined> {
    const wanted = claim.spec?.resources?.requests?.['storage'];
    const [has, asked] = [quantityOf(claim.status?.capacity?.['storage']), quantityOf(wanted)];
    if (wanted === undefined || !has || !asked || asked.compare(has) <= 0) return undefined;
    const left = this.#deadlines.remaining(claim.metadata.uid, 'expand', this.#world.delays.expandVolume);
    if (left > 0) {
      if (claim.status?.conditions === undefined) await this.#showStatus(claim, this.#resizing(claim), context);
      return left;
    }
    const capacity = { storage: wanted };
    await this.#world.native.volumes.update(context, targetOf(volume), (now) => ({
      ...(now ?? volume),
      spec: { ...(now ?? volume).spec, capacity },
    }));
    await this.#showStatus(claim, { ...omit(claim.status ?? {}, 'conditions'), capacity }, context);
    const message = 'MountVolume.NodeExpandVolume succeeded for volume';
    this.#record(claim, 'Normal', 'FileSystemResizeSuccessful', message);
    return undefined;
  }

  /** Source: the external-resizer, which sets the condition before it asks the driver */
  #resizing({ status }: Claim): NonNullable<PersistentVolumeClaim['status']> {
    const lastTransitionTime = kubeTime(this.#world.clock.now());
    return { ...status, conditions: [{ type: 'Resizing', status: 'True', lastTransitionTime }] };
  }
}
