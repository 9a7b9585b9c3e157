/** The StatefulSet controller. It executes the plan of statefulsets/plan.ts. */
import type { Pod, PodTemplateSpec, StatefulSet } from '../../apis/kubernetes/types.ts';
import { splitObjectKey } from '../../apiserver/watchcache/keys.ts';
import type { CallContext } from '../../apiserver/resource.ts';
import { deepEqual } from '../../meta/json.ts';
import { labelSelectorFrom } from '../../meta/labels.ts';
import type { Stored } from '../../meta/object.ts';
import { isReason, StatusError } from '../../meta/status.ts';
import { createLoop } from '../simulation/loop.ts';
import { controllerContext } from '../simulation/users.ts';
import { createView } from '../simulation/view.ts';
import type { Simulator, World } from '../simulation/world.ts';
import type { RecordEvent } from '../simulation/event-recorder.ts';
import { specOf } from './defaults.ts';
import { Families } from './families.ts';
import { ordinalsOf, planStatefulSet } from './plan.ts';
import { claimsOf, controllerReference, hasVolumesOf, podOf, splitPodName } from './pods-of.ts';
import { RevisionHistory } from './revision-history.ts';
import { templateOf } from './revisions.ts';

/**
 * Makes the simulator that creates and deletes the pods and claims of StatefulSets, and keeps their revisions and
 * status.
 */
export function createStatefulSetController(world: World): Simulator {
  const { statefulSets, pods, controllerRevisions } = world.native;
  const podsBySet = new Families();
  const history = new RevisionHistory(controllerRevisions);
  const worker = new StatefulSetWorker(world, podsBySet, history);
  const loop = createLoop(world, {
    name: 'statefulset',
    workers: 16,
    reconcile: (key, signal) => worker.reconcile(key, controllerContext('statefulset-controller', signal)),
  });
  const setView = createView(
    () => statefulSets.cache,
    ({ key }) => loop.add(key),
  );
  const podView = createView(
    () => pods.cache,
    ({ key, object }) => {
      const { namespace, name } = splitObjectKey(key);
      const set = splitPodName(name)?.set;
      if (set === undefined) return;
      podsBySet.update(`${namespace}/${set}`, key, object !== undefined);
      loop.add(`${namespace}/${set}`);
    },
  );
  return {
    start(signal) {
      loop.start(signal, [history.view, podView, setView]);
    },
  };
}

const unchangeable =
  'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds`';

/**
 * One, then two, then four at a time and so on. No further ones are begun after one that fails.
 * Source: slowStartBatch in k8s.io/kubernetes/pkg/controller/statefulset
 */
async function slowStart(
  ordinals: readonly number[],
  work: (ordinal: number) => Promise<void>,
): Promise<{ readonly error: unknown } | undefined> {
  let size = 1;
  for (let at = 0; at < ordinals.length; size *= 2) {
    const batch = ordinals.slice(at, at + size);
    at += size;
    const results = await Promise.allSettled(batch.map(work));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) return { error: failed.reason };
  }
  return undefined;
}

class StatefulSetWorker {
  readonly #native: World['native'];
  readonly #record: RecordEvent;
  readonly #podsBySet: Families;
  readonly #history: RevisionHistory;

  constructor(world: World, podsBySet: Families, history: RevisionHistory) {
    this.#native = world.native;
    this.#record = world.record('statefulset-controller');
    this.#podsBySet = podsBySet;
    this.#history = history;
  }

  async reconcile(key: string, context: CallContext): Promise<undefined> {
    const { statefulSets } = this.#native;
    const target = splitObjectKey(key);
    const set = statefulSets.cache.get(target.namespace, target.name)?.object;
    if (!set || set.metadata.deletionTimestamp) return;
    const revisions = await this.#history.sync(set, context);
    const own = await this.#ownPods(set, key, context);
    const plan = planStatefulSet(set, own, revisions);
    const templates = new Map(revisions.all.map((one) => [one.metadata.name, templateOf(one)]));
    const missing = new Map(plan.create.map(({ ordinal, revision }) => [ordinal, revision]));
    // Where one of them fails, no pod is removed; the status is written all the same.
    const failure = await slowStart(ordinalsOf(set), async (ordinal) => {
      const revision = missing.get(ordinal);
      if (revision === undefined) this.#checkVolumes(set, own, ordinal);
      else await this.#createPod(set, ordinal, templates.get(revision) ?? specOf(set).template, revision, context);
    });
    if (failure === undefined) await Promise.all(plan.remove.map((pod) => this.#removePod(set, pod, context)));
    if (!deepEqual(set.status, plan.status)) {
      await statefulSets.update(context, target, (now) => ({ ...(now ?? set), status: plan.status }), {
        subresource: 'status',
        preconditions: { uid: set.metadata.uid },
      });
    }
    if (failure !== undefined) throw failure.error;
    await this.#removeScaledClaims(set, own, context);
    await this.#history.prune(set, revisions, context);
  }

  /** The pods that the set owns. Pods without an owner that match by name and labels are adopted. */
  async #ownPods(set: Stored<StatefulSet>, key: string, context: CallContext): Promise<Stored<Pod>[]> {
    const selector = labelSelectorFrom(specOf(set).selector);
    const own: Stored<Pod>[] = [];
    for (const podKey of this.#podsBySet.of(key)) {
      const target = splitObjectKey(podKey);
      const pod = this.#native.pods.cache.get(target.namespace, target.name)?.object;
      const controller = pod?.metadata.ownerReferences?.find((one) => one.controller);
      if (pod && controller?.uid === set.metadata.uid) own.push(pod);
      else if (pod && !controller && !pod.metadata.deletionTimestamp && selector.matches(pod.metadata.labels ?? {})) {
        own.push(await this.#adopt(set, pod, context));
      }
    }
    return own;
  }

  async #adopt(set: Stored<StatefulSet>, pod: Stored<Pod>, context: CallContext): Promise<Stored<Pod>> {
    const target = { namespace: pod.metadata.namespace ?? '', name: pod.metadata.name };
    const reference = controllerReference(set);
    const adopted = await this.#native.pods.update(
      context,
      target,
      (now) => {
        const current = now ?? pod;
        const ownerReferences = [...(current.metadata.ownerReferences ?? []), reference];
        return { ...current, metadata: { ...current.metadata, ownerReferences } };
      },
      { preconditions: { uid: pod.metadata.uid } },
    );
    return adopted.object;
  }

  async #ensureClaims(set: Stored<StatefulSet>, ordinal: number, context: CallContext): Promise<void> {
    const { namespace = '', name: setName } = set.metadata;
    const { claims } = this.#native;
    for (const claim of claimsOf(set, ordinal)) {
      const name = claim.metadata.name ?? '';
      const existing = claims.cache.get(namespace, name)?.object;
      // The pod would never run; it gets another claim once this one has gone.
      if (existing?.metadata.deletionTimestamp !== undefined) {
        throw new StatusError(409, 'Conflict', `pvc ${name} is being deleted`);
      }
      if (existing !== undefined) continue;
      try {
        await claims.create(context, namespace, claim);
      } catch (error) {
        if (!isReason(error, 'AlreadyExists')) throw error;
        continue;
      }
      const message = `Create Claim ${name} Pod ${setName}-${ordinal} in StatefulSet ${setName} success`;
      this.#record(set, 'Normal', 'SuccessfulCreate', message);
    }
  }

  async #createPod(
    set: Stored<StatefulSet>,
    ordinal: number,
    template: PodTemplateSpec,
    revision: string,
    context: CallContext,
  ): Promise<void> {
    const { namespace = '', name } = set.metadata;
    const what = `Create Pod ${name}-${ordinal} in StatefulSet ${name}`;
    try {
      await this.#ensureClaims(set, ordinal, context);
      await this.#native.pods.create(context, namespace, podOf(set, ordinal, template, revision));
    } catch (error) {
      if (error instanceof Error && !isReason(error, 'AlreadyExists')) {
        this.#record(set, 'Warning', 'FailedCreate', `${what} failed error: ${error.message}`);
      }
      throw error;
    }
    this.#record(set, 'Normal', 'SuccessfulCreate', `${what} successful`);
  }

  /** The controller tries to give a pod the volumes of all claim templates, which a pod that exists can't get. */
  #checkVolumes(set: Stored<StatefulSet>, own: readonly Stored<Pod>[], ordinal: number): void {
    const pod = own.find(({ metadata }) => metadata.name === `${set.metadata.name}-${ordinal}`);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined || hasVolumesOf(set, pod)) return;
    const { name } = pod.metadata;
    const error = new StatusError(422, 'Invalid', `Pod "${name}" is invalid: ${unchangeable}`);
    this.#record(
      set,
      'Warning',
      'FailedUpdate',
      `update Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${error.message}`,
    );
    throw error;
  }

  async #removePod(set: Stored<StatefulSet>, pod: Stored<Pod>, context: CallContext): Promise<void> {
    const target = { namespace: pod.metadata.namespace ?? '', name: pod.metadata.name };
    await this.#native.pods.delete(context, target, { preconditions: { uid: pod.metadata.uid } });
    const message = `Delete Pod ${target.name} in StatefulSet ${set.metadata.name} successful`;
    this.#record(set, 'Normal', 'SuccessfulDelete', message);
  }

  /** With `whenScaled: Delete`, deletes the claims of ordinals that were scaled away. */
  async #removeScaledClaims(
    set: Stored<StatefulSet>,
    pods: readonly Stored<Pod>[],
    context: CallContext,
  ): Promise<void> {
    const spec = specOf(set);
    if (spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== 'Delete') return;
    const { namespace = '', name } = set.metadata;
    const { claims } = this.#native;
    for (let ordinal = (spec.ordinals?.start ?? 0) + (spec.replicas ?? 1); ; ordinal++) {
      const doomed = claimsOf(set, ordinal).filter((one) => claims.cache.get(namespace, one.metadata.name ?? ''));
      if (doomed.length === 0) return;
      if (pods.some((pod) => pod.metadata.name === `${name}-${ordinal}`)) continue;
      for (const claim of doomed) await claims.delete(context, { namespace, name: claim.metadata.name ?? '' });
    }
  }
}
