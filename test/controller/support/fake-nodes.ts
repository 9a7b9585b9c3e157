/** What Kubernetes does with StatefulSets, as far as it matters for members: pods, PVCs, containers, garbage collection. */
import type {
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  StatefulSet,
} from '../../../src/apis/kubernetes/types.ts';
import type { KubeObject, Stored } from '../../../src/meta/object.ts';
import type { FakeResource } from './fake-resource.ts';

export interface FakeNodes {
  /** Brings every pod to where it should be; true where something had to be done. */
  step(): boolean;
  /** Replaces the container of a running pod, as after a crash. */
  restart(namespace: string, pod: string): void;
  /**
   * From the next time that this StatefulSet grows its controller is stuck in making those pods, and makes them when
   * the returned function is called, whatever has been asked for meanwhile.
   */
  stall(statefulSet: string): () => void;
  /** Takes the owner with this uid off its pods, as the collector does where a StatefulSet is deleted without them. */
  orphan(uid: string): void;
  /** Pods of these names are never scheduled. */
  readonly unschedulable: Set<string>;
  /** What nodes do about other resources of a running pod. later: as soon as this says `done`. */
  resizing: 'done' | 'later' | 'infeasible' | 'refused';
  /** As pods/resize: why it is refused. */
  resize(pod: Stored<Pod>, resources: object): string | undefined;
  /** No node can pull these. */
  readonly missingImages: Set<string>;
}

interface Resources {
  readonly statefulSets: FakeResource<StatefulSet>;
  readonly pods: FakeResource<Pod>;
  readonly claims: FakeResource<PersistentVolumeClaim>;
  readonly podDisruptionBudgets: FakeResource<PodDisruptionBudget>;
}

export function createFakeNodes({ statefulSets, pods, claims, podDisruptionBudgets }: Resources): FakeNodes {
  const unschedulable = new Set<string>();
  const missingImages = new Set<string>();
  const stalled = new Map<string, Stored<StatefulSet> | undefined>();
  let containers = 0;
  const nextContainer = (): string => `containerd://${String((containers += 1)).padStart(8, '0')}`;

  function makePod(set: Stored<StatefulSet>, ordinal: number): void {
    const name = `${set.metadata.name}-${ordinal}`;
    const namespace = set.metadata.namespace ?? '';
    const { template } = set.spec;
    for (const claim of set.spec.volumeClaimTemplates ?? []) {
      const claimName = `${claim.metadata?.name ?? ''}-${name}`;
      if (claims.get(namespace, claimName) !== undefined) continue;
      const labels = { ...claim.metadata?.labels, ...set.spec.selector.matchLabels };
      claims.direct.create({
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: claimName, namespace, labels },
        spec: claim.spec ?? {},
      });
    }
    const controller = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: set.metadata.name, uid: set.metadata.uid };
    pods.direct.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace,
        labels: { ...template.metadata?.labels, 'statefulset.kubernetes.io/pod-name': name },
        annotations: { ...template.metadata?.annotations },
        ownerReferences: [{ ...controller, controller: true }],
      },
      ...(template.spec === undefined ? {} : { spec: template.spec }),
    });
  }

  function run(pod: Stored<Pod>): boolean {
    const { namespace = '', name } = pod.metadata;
    if (pod.status !== undefined) return false;
    pods.direct.change({ namespace, name }, (copy) => {
      copy.status = unschedulable.has(name)
        ? {
            phase: 'Pending',
            conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/2 nodes' }],
          }
        : missingImages.has(pod.spec?.containers[0]?.image ?? '')
          ? { phase: 'Pending', containerStatuses: [waitingForImage(pod.spec?.containers[0]?.image ?? '')] }
          : { phase: 'Running', containerStatuses: [runningContainer(nextContainer())] };
    });
    return true;
  }

  const waitingForImage = (image: string) => ({
    ...{ name: 'app', image, imageID: '', ready: false, restartCount: 0 },
    state: { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` } },
  });

  const runningContainer = (containerID: string) => ({
    ...{ name: 'app', containerID, image: 'i', imageID: 'i', ready: true, restartCount: 0 },
    state: { running: {} },
  });

  const missing = ({ metadata: { namespace = '', name }, spec }: Stored<StatefulSet>): number[] =>
    Array.from({ length: spec.replicas ?? 1 }, (_, index) => (spec.ordinals?.start ?? 0) + index).filter(
      (ordinal) => pods.get(namespace, `${name}-${ordinal}`) === undefined,
    );

  /** True while it is busy with something else. */
  function isStalled(set: Stored<StatefulSet>): boolean {
    const { name } = set.metadata;
    if (!stalled.has(name)) return false;
    if (stalled.get(name) === undefined && missing(set).length > 0) stalled.set(name, set);
    return stalled.get(name) !== undefined;
  }

  function adopt({ metadata: { name, namespace = '', uid }, spec }: Stored<StatefulSet>): void {
    const selected = Object.entries(spec.selector.matchLabels ?? {});
    for (const { metadata } of pods.list(namespace)) {
      if (!selected.every(([label, value]) => metadata.labels?.[label] === value)) continue;
      if ((metadata.ownerReferences ?? []).length > 0 || !/^-\d+$/.test(metadata.name.slice(name.length))) continue;
      if (!metadata.name.startsWith(name)) continue;
      const controller = { apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid, controller: true };
      pods.direct.change({ namespace, name: metadata.name }, (pod) => (pod.metadata.ownerReferences = [controller]));
    }
  }

  const isOf = ({ metadata }: Stored<StatefulSet>, pod: Stored<Pod>): boolean =>
    pod.metadata.ownerReferences?.[0]?.uid === metadata.uid;

  function hasDevicesOf({ spec }: Stored<StatefulSet>, pod: Stored<Pod>): boolean {
    const has = new Set(
      pod.spec?.containers.flatMap(({ volumeDevices = [] }) => volumeDevices.map(({ name }) => name)),
    );
    const templates = (spec.volumeClaimTemplates ?? []).filter((one) => one.spec?.volumeMode === 'Block');
    return templates.every(({ metadata }) => has.has(metadata?.name ?? ''));
  }

  function scale(set: Stored<StatefulSet>): boolean {
    if (isStalled(set)) return false;
    const namespace = set.metadata.namespace ?? '';
    const replicas = set.spec.replicas ?? 1;
    adopt(set);
    // A pod of a set with other claim templates can't be changed, and the controller does nothing else before it can.
    const toMake = pods.list(namespace).some((pod) => isOf(set, pod) && !hasDevicesOf(set, pod)) ? [] : missing(set);
    for (const ordinal of toMake) makePod(set, ordinal);
    let changed = toMake.length > 0;
    const first = set.spec.ordinals?.start ?? 0;
    for (const pod of pods.list(namespace)) {
      if (!isOf(set, pod)) continue;
      const ordinal = Number(pod.metadata.name.slice(set.metadata.name.length + 1));
      if (ordinal >= first && ordinal < first + replicas) continue;
      pods.direct.remove({ namespace, name: pod.metadata.name });
      changed = true;
    }
    if (set.status?.observedGeneration === set.metadata.generation && set.status?.replicas === replicas) return changed;
    statefulSets.direct.change({ namespace, name: set.metadata.name }, (copy) => {
      copy.status = { replicas, observedGeneration: set.metadata.generation ?? 0 };
    });
    return true;
  }

  function collect<T extends KubeObject>(resource: FakeResource<T>, isAlive: (uid: string) => boolean): boolean {
    let changed = false;
    for (const { metadata } of resource.list()) {
      const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
      if (owner === undefined || owner.kind !== 'StatefulSet' || isAlive(owner.uid)) continue;
      resource.direct.remove({ namespace: metadata.namespace ?? '', name: metadata.name });
      changed = true;
    }
    return changed;
  }

  /** What the nodes do about pods whose resources are to be others. */
  function resizeLater(): boolean {
    const waiting = pods.list().filter(({ metadata, status }) => {
      const isPending = status?.conditions?.some(({ type }) => type === 'PodResizePending') === true;
      return isPending && nodes.resizing === 'done' && metadata.deletionTimestamp === undefined;
    });
    for (const { metadata } of waiting) {
      pods.direct.change({ namespace: metadata.namespace ?? '', name: metadata.name }, ({ spec, status }) => {
        Object.assign(status?.containerStatuses?.[0] ?? {}, { resources: spec?.containers[0]?.resources });
        if (status !== undefined) status.conditions = [];
      });
    }
    return waiting.length > 0;
  }

  /** As the disruption controller, but for the numbers. */
  function takeIn({
    metadata: { namespace = '', name, generation = 0 },
    status,
  }: Stored<PodDisruptionBudget>): boolean {
    if (status?.observedGeneration === generation) return false;
    const numbers = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
    podDisruptionBudgets.direct.change({ namespace, name }, (copy) => {
      copy.status = { ...numbers, observedGeneration: generation };
    });
    return true;
  }

  const nodes: FakeNodes = {
    resizing: 'refused',
    resize({ metadata: { namespace = '', name } }, resources) {
      if (nodes.resizing === 'refused') return 'Pod running on node without support for resize';
      pods.direct.change({ namespace, name }, ({ spec, status }) => {
        Object.assign(spec?.containers[0] ?? {}, { resources });
        const reason = nodes.resizing === 'infeasible' ? 'Infeasible' : 'Deferred';
        const message = 'not so many cores';
        if (status !== undefined) status.conditions = [{ type: 'PodResizePending', status: 'True', reason, message }];
      });
      return undefined;
    },
    orphan(uid) {
      for (const { metadata } of pods.list()) {
        if (metadata.ownerReferences?.[0]?.uid !== uid) continue;
        const target = { namespace: metadata.namespace ?? '', name: metadata.name };
        pods.direct.change(target, (pod) => delete pod.metadata.ownerReferences);
      }
    },
    unschedulable,
    missingImages,
    stall(statefulSet) {
      stalled.set(statefulSet, undefined);
      return () => {
        const set = stalled.get(statefulSet);
        stalled.delete(statefulSet);
        if (set === undefined) throw new Error(`${statefulSet} has not grown`);
        for (const ordinal of missing(set)) makePod(set, ordinal);
      };
    },
    step() {
      const sets = statefulSets.list();
      const scaled = sets.map(scale).includes(true);
      const uids = new Set(statefulSets.list().map(({ metadata }) => metadata.uid));
      const collected = collect(pods, (uid) => uids.has(uid));
      const ran = pods.list().map(run).includes(true);
      return [scaled, collected, ran, resizeLater(), podDisruptionBudgets.list().map(takeIn).includes(true)].includes(
        true,
      );
    },
    restart(namespace, name) {
      pods.direct.change({ namespace, name }, (copy) => {
        copy.status = { phase: 'Running', containerStatuses: [runningContainer(nextContainer())] };
      });
    },
  };
  return nodes;
}
