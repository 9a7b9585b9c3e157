/**
 * The snapshot controller and the driver behind it. A snapshot is taken after a moment, and can be used a little later, as
 * where it has to be uploaded. Source: https://kubernetes.io/docs/concepts/storage/volume-snapshots/
 */
import type { PersistentVolumeClaim, VolumeSnapshot } from '../../apis/kubernetes/types.ts';
import type { CallContext } from '../../apiserver/resource.ts';
import { splitObjectKey } from '../../apiserver/watchcache/keys.ts';
import { kubeTime } from '../../meta/kube-time.ts';
import type { NamespacedName, Stored } from '../../meta/object.ts';
import { parseQuantity } from '../../meta/quantity.ts';
import type { VolumeSnapshotClass, VolumeSnapshotContent } from '../kinds.ts';
import { createDeadlines, type Deadlines } from '../simulation/deadlines.ts';
import type { DelayRange } from '../simulation/delays.ts';
import { createLoop } from '../simulation/loop.ts';
import { controllerContext } from '../simulation/users.ts';
import { createView } from '../simulation/view.ts';
import type { Simulator, World } from '../simulation/world.ts';
import { behaviourOf, isDefault } from './classes.ts';

type Snapshot = Stored<VolumeSnapshot>;
type Status = NonNullable<VolumeSnapshot['status']>;

const contentName = (uid: string): string => `snapcontent-${uid}`;
const slowness = 20;
/** Of the loop's keys: no namespace is named so, other keys are namespace/name. */
const contentPrefix = '/content/';

/** Makes the simulator that takes snapshots. */
export function createSnapshotController(world: World): Simulator {
  const { snapshots, snapshotClasses, snapshotContents, claims } = world.native;
  const driver = new SnapshotDriver(world);
  const loop = createLoop(world, {
    name: 'snapshots',
    workers: 4,
    async reconcile(key, signal) {
      const context = controllerContext('snapshot-controller', signal);
      if (key.startsWith(contentPrefix)) await driver.collect(key.slice(contentPrefix.length), context);
      else return driver.reconcile(splitObjectKey(key), context);
      return undefined;
    },
  });
  const waiting = new Set<string>();
  const retry = (): void => waiting.forEach((key) => loop.add(key));
  const snapshotView = createView(
    () => snapshots.cache,
    ({ key, object, old }) => {
      if (object !== undefined && object.status?.readyToUse !== true) waiting.add(key);
      else waiting.delete(key);
      if (object !== undefined) loop.add(key);
      else if (old !== undefined) loop.add(`${contentPrefix}${contentName(old.metadata.uid)}`);
    },
  );
  const contentView = createView(
    () => snapshotContents.cache,
    ({ key, object }) => object !== undefined && loop.add(`${contentPrefix}${key}`),
  );
  const classView = createView(() => snapshotClasses.cache, retry);
  const claimView = createView(
    () => claims.cache,
    ({ object, old }) => {
      if (waiting.size > 0 && object?.status?.phase !== old?.status?.phase) retry();
    },
  );
  return {
    start(signal) {
      loop.start(signal, [snapshotView, contentView, classView, claimView]);
    },
  };
}

class SnapshotDriver {
  readonly #world: World;
  readonly #deadlines: Deadlines;

  constructor(world: World) {
    this.#world = world;
    this.#deadlines = createDeadlines(world.clock, world.random);
  }

  /** @returns milliseconds to wait before the next call, while the snapshot is on its way */
  async reconcile({ namespace, name }: NamespacedName, context: CallContext): Promise<number | undefined> {
    const snapshot = this.#world.native.snapshots.cache.get(namespace, name)?.object;
    if (snapshot === undefined || snapshot.metadata.deletionTimestamp || snapshot.status?.readyToUse === true) return;
    const found = this.#prepare(snapshot);
    if (typeof found === 'string') {
      await this.#fail(snapshot, found, context);
      return undefined;
    }
    const { claim, snapshotClass } = found;
    const factor = behaviourOf(snapshotClass) === 'slow' ? slowness : 1;
    const { takeSnapshot, uploadSnapshot } = this.#world.delays;
    const left = (stage: string, [least, most]: DelayRange): number =>
      this.#deadlines.remaining(snapshot.metadata.uid, stage, [least * factor, most * factor]);
    const taken = snapshot.status?.creationTime !== undefined;
    const wait = taken ? left('upload', uploadSnapshot) : left('take', takeSnapshot);
    if (wait > 0) return wait;
    if (taken) {
      await this.#show(snapshot, { ...snapshot.status, readyToUse: true }, context);
      return undefined;
    }
    if (behaviourOf(snapshotClass) === 'failing') {
      await this.#fail(snapshot, 'rpc error: code = Internal desc = the playground fails on purpose', context);
      return undefined;
    }
    await this.#take(snapshot, claim, snapshotClass, context);
    return undefined;
  }

  /** What the snapshot is taken of; or why it cannot be. */
  #prepare({ metadata: { namespace = '' }, spec }: Snapshot) {
    const { claims, snapshotClasses } = this.#world.native;
    const name = spec.source.persistentVolumeClaimName ?? '';
    const claim = claims.cache.get(namespace, name)?.object;
    if (claim === undefined) return `snapshot controller failed to update: persistentvolumeclaim "${name}" not found`;
    if (claim.status?.phase !== 'Bound')
      return `the PVC ${name} is not yet bound to a PV, will not attempt to take a snapshot`;
    const { volumeSnapshotClassName: asked } = spec;
    const classes = snapshotClasses.cache.list({}).objects.map(({ object }) => object);
    const snapshotClass = classes.find((one) => (asked === undefined ? isDefault(one) : one.metadata.name === asked));
    if (snapshotClass !== undefined) return { claim, snapshotClass };
    return asked === undefined
      ? 'cannot find default snapshot class'
      : `failed to get snapshot class: volumesnapshotclass.snapshot.storage.k8s.io "${asked}" not found`;
  }

  async #take(
    snapshot: Snapshot,
    claim: Stored<PersistentVolumeClaim>,
    { metadata, driver, deletionPolicy }: VolumeSnapshotClass,
    context: CallContext,
  ): Promise<void> {
    const { uid, name, namespace = '' } = snapshot.metadata;
    const { snapshotContents } = this.#world.native;
    const restoreSize = claim.status?.capacity?.['storage'] ?? '1Gi';
    const content: VolumeSnapshotContent = {
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshotContent',
      metadata: { name: contentName(uid) },
      spec: {
        ...{ deletionPolicy, driver, source: { volumeHandle: claim.spec?.volumeName ?? '' } },
        ...(metadata.name === undefined ? {} : { volumeSnapshotClassName: metadata.name }),
        volumeSnapshotRef: {
          ...{ apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot', name, namespace, uid },
        },
      },
    };
    if (!snapshotContents.cache.get('', contentName(uid))) await snapshotContents.create(context, '', content);
    const now = this.#world.clock.now();
    const bytes = Number(parseQuantity(String(restoreSize))?.ceil() ?? 0n);
    const shown = {
      readyToUse: true,
      restoreSize: bytes,
      snapshotHandle: uid,
    };
    await snapshotContents.update(
      context,
      { namespace: '', name: contentName(uid) },
      (current) => ({ ...(current ?? content), status: shown }),
      { subresource: 'status' },
    );
    const status = { boundVolumeSnapshotContentName: contentName(uid), creationTime: kubeTime(now), restoreSize };
    await this.#show(snapshot, { ...status, readyToUse: false }, context);
    this.#world.record('snapshot-controller')(
      snapshot,
      'Normal',
      'SnapshotCreated',
      `Snapshot ${namespace}/${name} was successfully created by the CSI driver.`,
    );
  }

  async #fail(snapshot: Snapshot, message: string, context: CallContext): Promise<void> {
    if (snapshot.status?.error?.message === message) return;
    const time = kubeTime(this.#world.clock.now());
    await this.#show(snapshot, { readyToUse: false, error: { message, time } }, context);
    this.#world.record('snapshot-controller')(snapshot, 'Warning', 'SnapshotCreationFailed', message);
  }

  async #show({ metadata }: Snapshot, status: Status, context: CallContext): Promise<void> {
    const { namespace = '', name, uid } = metadata;
    const next = (current: Snapshot | undefined): VolumeSnapshot => ({ ...(current as Snapshot), status });
    const options = { subresource: 'status', preconditions: { uid } } as const;
    await this.#world.native.snapshots.update(context, { namespace, name }, next, options);
  }

  /** What was taken goes with its snapshot, where the class says so. */
  async collect(name: string, context: CallContext): Promise<void> {
    const { snapshots, snapshotContents } = this.#world.native;
    const content = snapshotContents.cache.get('', name)?.object;
    if (content === undefined || content.metadata.deletionTimestamp || content.spec.deletionPolicy !== 'Delete') return;
    const { namespace = '', name: of = '', uid } = content.spec.volumeSnapshotRef;
    if (snapshots.cache.get(namespace, of)?.object.metadata.uid === uid) return;
    await snapshotContents.delete(context, { namespace: '', name }, { preconditions: { uid: content.metadata.uid } });
  }
}
