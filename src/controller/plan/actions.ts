/**
 * What a plan asks for. Actions come after the plan's status has been written: names chosen in it are on record before
 * anything is made under them. Each may be repeated; one that finds its work done succeeds.
 */
import type { ClusterSpec, MemberStatus } from '../../apis/kubedirector/types.ts';
import type {
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  Service,
  StatefulSet,
} from '../../apis/kubernetes/types.ts';
import type { JsonObject } from '../../meta/json.ts';
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { GuestTaskPlan } from './guest-task.ts';
import type { Resizable } from './resizable.ts';

/** Kinds of native objects that clusters own. */
export type OwnedKind = 'StatefulSet' | 'Service' | 'PersistentVolumeClaim' | 'PodDisruptionBudget' | 'Pod';
/** Pods go with their StatefulSet, or as it shrinks. */
export type DeletedKind = Exclude<OwnedKind, 'Pod'>;

/** One thing to be done. It may be repeated. */
export type Action =
  | { readonly type: 'createService'; readonly object: Service }
  | { readonly type: 'createStatefulSet'; readonly object: StatefulSet }
  | { readonly type: 'createBudget'; readonly object: PodDisruptionBudget }
  /** One that a StatefulSet is to find there. */
  | { readonly type: 'createClaim'; readonly object: PersistentVolumeClaim }
  /** Makes an existing object what it should be. */
  | {
      readonly type: 'repair';
      readonly kind: OwnedKind;
      /** What the repair was made for: one that had no effect is not tried again on the same. */
      readonly actual: Stored<KubeObject>;
      /** Everything that is ours to say about it. */
      readonly desired: KubeObject;
      /** The merge patch from `actual`. */
      readonly drift: JsonObject;
      /** Told once it has changed the object; absent where nobody needs to know. */
      readonly message?: string;
    }
  | {
      readonly type: 'delete';
      readonly kind: DeletedKind;
      readonly name: string;
      readonly uid: string;
      /** Foreground: it stays until what it owns is gone. Orphan: what it owns outlives it. */
      readonly propagation?: 'Foreground' | 'Orphan';
    }
  /** Asks for the end of a pod, which its StatefulSet then makes anew. A PodDisruptionBudget may refuse it for now. */
  | {
      readonly type: 'evict';
      readonly pod: Stored<Pod>;
      /** Told once the pod goes. */
      readonly message: string;
    }
  /** Has the node of a running pod give its container `app` other cpu and memory. The API may refuse it. */
  | {
      readonly type: 'resize';
      readonly pod: Stored<Pod>;
      readonly resources: Resizable;
      /** Told once it is asked for. */
      readonly message: string;
    }
  | {
      readonly type: 'setFinalizers';
      readonly finalizers: readonly string[];
      /** Set in the same write. */
      readonly annotations?: Readonly<Record<string, string>>;
    }
  | { readonly type: 'patchCluster'; readonly patch: JsonObject }
  /** Writes the spec as it was before an update, unless somebody has changed the cluster since. */
  | { readonly type: 'putBack'; readonly spec: ClusterSpec }
  /** Nothing may happen until then that would have the cluster planned again. */
  | { readonly type: 'lookAgain'; readonly afterMs: number }
  /** Into the KubeDirectorStatusBackup of the cluster's name. */
  | { readonly type: 'mirrorStatus' }
  | { readonly type: 'dropMirror'; readonly uid: string }
  /** Ends any other work in that pod's containers, and begins this unless it has begun already. Health checks go on beside it. */
  | {
      readonly type: 'guestTask';
      readonly member: MemberStatus;
      readonly role: string;
      readonly pod: Stored<Pod>;
      readonly task: GuestTaskPlan;
    }
  | { readonly type: 'forgetGuest'; readonly pod: string }
  /** Ends the health checks of that pod. */
  | { readonly type: 'forgetHealth'; readonly pod: string }
  | {
      readonly type: 'event';
      readonly severity: 'Normal' | 'Warning';
      readonly reason: EventReason;
      readonly message: string;
    };

/** The action with this type. */
export type ActionOf<Type extends Action['type']> = Extract<Action, { readonly type: Type }>;

/** Reasons of the events on a cluster. */
export type EventReason = 'Cluster' | 'Role' | 'Member' | 'Config' | 'Restore';
