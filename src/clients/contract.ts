/**
 * The ports through which the controller and the registries reach what Kubernetes owns: native objects, containers,
 * and kube-apiserver's opinion of tokens and rights. clients/kubernetes implements them on a real cluster, playground/
 * on its own registries. KubeDirector's own objects are read and written through the same shapes.
 */
import type { EventSubject, ToldEvent } from '../apis/kubernetes/event.ts';
import type {
  APIService,
  ConfigMap,
  Namespace,
  Node,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
  StorageClass,
  VolumeSnapshot,
} from '../apis/kubernetes/types.ts';
import type { FieldError } from '../meta/field-error.ts';
import type { KubeObject, NamespacedName, Stored } from '../meta/object.ts';
import type { UserInfo } from '../meta/user.ts';
import type { Lister } from './lister.ts';

export type { Lister, ObjectChange } from './lister.ts';
export {
  ContainerGoneError,
  ExecRefusedError,
  ExecTimeoutError,
  ExecUnavailableError,
  type ExecOptions,
  type ExecResult,
  type ExecTarget,
  type PodExec,
} from './pod-exec-contract.ts';
export { PodUnreachableError, type PodConnector } from './pod-connector-contract.ts';
export type {
  AdmissionPolicies,
  ParamObjects,
  PolicyParams,
  QuotaObjects,
  WebhookCaller,
  WebhookConfigurations,
  WebhookLimits,
} from './admission-contract.ts';

/**
 * Writes to one resource. Errors are StatusErrors as the API answers them (isReason(error, 'NotFound') …).
 */
export interface Writer<T extends KubeObject> {
  create(object: T): Promise<Stored<T>>;
  /**
   * A JSON merge patch (RFC 7386). With metadata.resourceVersion in it, a lost race is a Conflict. A patch of
   * metadata.uid to the uid already there acts as a precondition.
   */
  patch(target: NamespacedName, mergePatch: object, subresource?: 'status' | 'scale'): Promise<Stored<T>>;
  /** The whole object; its metadata.resourceVersion must be the current one (else Conflict). */
  update(object: Stored<T>, subresource?: 'status'): Promise<Stored<T>>;
  /** Succeeds where the object is gone already. `uid` guards against deleting a namesake. */
  delete(target: NamespacedName, options?: { uid?: string; propagation?: Propagation }): Promise<void>;
}

/** Reads and writes one resource: lists come from a view, single objects also from the server. */
export interface ResourceClient<T extends KubeObject> extends Lister<T>, Writer<T> {
  /** A read that is current, not from the view; undefined where there is no such object. */
  read(target: NamespacedName): Promise<Stored<T> | undefined>;
}

/** Reads by name that need no watch on everything: of objects that our own refer to by name. */
export interface NamedReader<T extends KubeObject> {
  read(target: NamespacedName): Promise<Stored<T> | undefined>;
  /** Calls back when that one object appears, changes or goes. Returns the unsubscribe function. */
  watchOne(target: NamespacedName, listener: (object: Stored<T> | undefined) => void): () => void;
}

/** What becomes of what a deleted object owns. Source: DeleteOptions in k8s.io/apimachinery/pkg/apis/meta/v1 */
export type Propagation = 'Background' | 'Foreground' | 'Orphan';

/**
 * One resource of native objects that the controller makes and keeps right. On a real cluster every write is a
 * server-side apply under the field manager `kubedirector`, so that what others own in an object stays theirs.
 */
export interface NativeClient<T extends KubeObject> extends Lister<T> {
  /** A read that is current, not from the view; undefined where there is no such object. */
  read(target: NamespacedName): Promise<Stored<T> | undefined>;
  /** @throws StatusError AlreadyExists where there is one of that name, whoever made it; it is left as it is */
  create(object: T): Promise<Stored<T>>;
  /**
   * Gives an existing object every field of `desired`, by force where another manager holds one, and takes away the
   * fields that earlier calls gave it and that `desired` no longer has. All other fields stay.
   * @param current as last seen; its uid is the precondition
   * @param desired with every field that this caller wants to hold; name, namespace and uid are `current`'s
   * @param drift the JSON merge patch (RFC 7386) from `current` to what it should be, for engines without managed
   *        fields. A null in it removes that field whoever holds it
   * @throws StatusError NotFound where it is gone, Conflict where a namesake has taken its place, or where it loses an
   *         owner and is no longer as `current` shows it
   */
  apply(current: Stored<T>, desired: T, drift: object): Promise<Stored<T>>;
  /** Succeeds where the object is gone already. `uid` guards against deleting a namesake. */
  delete(target: NamespacedName, options?: { uid?: string; propagation?: Propagation }): Promise<void>;
}

/**
 * The native objects, each with what is done to it and no more: the program's rights follow from it. `statefulSets` …
 * `persistentVolumeClaims` show only those labelled kubedirector.hpe.com/kdcluster and are indexed by that label.
 */
export interface NativeClients {
  readonly statefulSets: NativeClient<StatefulSet>;
  readonly services: NativeClient<Service>;
  /** StatefulSets make them, and take them away. */
  readonly pods: Omit<NativeClient<Pod>, 'create' | 'delete'> & PodEvictor & PodResizer;
  /** StatefulSets make them, but for those that are made of snapshots. */
  readonly persistentVolumeClaims: NativeClient<PersistentVolumeClaim>;
  readonly snapshots: SnapshotClient;
  /** All of them, indexed by that label: users have theirs, and a pod may have but one. */
  readonly podDisruptionBudgets: NativeClient<PodDisruptionBudget>;
  readonly configMaps: NamedReader<ConfigMap>;
  readonly secrets: NamedReader<Secret>;
  readonly serviceAccounts: Pick<NamedReader<ServiceAccount>, 'read'>;
  /** Any PVC by name, labelled or not. */
  readonly claims: Pick<NamedReader<PersistentVolumeClaim>, 'read'>;
  readonly storageClasses: Lister<StorageClass>;
  readonly nodes: Lister<Node>;
  readonly namespaces: NamespaceReader;
  /** Absent where nobody records events about native objects. */
  readonly eventReader?: EventReader;
}

/** VolumeSnapshots of the backups of clusters. Kubernetes serves them only where their CRDs are installed. */
export interface SnapshotClient {
  /**
   * Begins to show those that bear the label kubedirector.hpe.com/kdbackup, unless that has begun, until the signal aborts.
   * @returns once all that exist are in the view; false where VolumeSnapshots are not served
   * @throws StatusError, also ServiceUnavailable when they could not be listed for some seconds; the signal's reason
   */
  follow(signal: AbortSignal): Promise<boolean>;
  /** Empty before `follow`. Listeners may be added before. */
  readonly view: Lister<VolumeSnapshot>;
  /** Current, also one that lacks the label; undefined where there is no such object. @throws StatusError */
  read(target: NamespacedName): Promise<Stored<VolumeSnapshot> | undefined>;
  /** @throws StatusError AlreadyExists … */
  create(object: VolumeSnapshot): Promise<Stored<VolumeSnapshot>>;
  /** Succeeds where the object is gone already. `uid` guards against deleting a namesake. */
  delete(target: NamespacedName, options?: { uid?: string }): Promise<void>;
  /** Whether there is a VolumeSnapshotClass of this name. @throws StatusError */
  hasClass(name: string): Promise<boolean>;
}

/** Asks for the end of pods in a way that respects PodDisruptionBudgets (pods/eviction). */
export interface PodEvictor {
  /**
   * @returns undefined where the pod goes, or is gone, or a namesake has taken its place; else why it may not go now
   * @throws StatusError
   */
  evict(pod: Stored<Pod>): Promise<string | undefined>;
}

/** Changes the cpu and memory of containers that run (pods/resize). */
export interface PodResizer {
  /**
   * @param container whose limits and requests are to be these
   * @returns undefined where the node will try; else why it is not possible for this pod
   * @throws StatusError
   */
  resize(pod: Stored<Pod>, container: string, resources: ContainerAmounts): Promise<string | undefined>;
}

/** Quantities by resource name. */
export interface ContainerAmounts {
  readonly limits: Readonly<Record<string, string>>;
  readonly requests: Readonly<Record<string, string>>;
}

/** Events are asked for, about one object at a time: a watch would bring those of the whole cluster. */
export interface EventReader {
  /**
   * The newest first, ten at most. Of several of the same second warnings come first.
   * @throws StatusError
   */
  about(subject: EventSubject): Promise<readonly ToldEvent[]>;
}

/** Namespaces come and go while requests into them are under way: what the view lacks is asked for. */
export interface NamespaceReader extends Lister<Namespace> {
  read(target: NamespacedName): Promise<Stored<Namespace> | undefined>;
}

/** What this server keeps in the cluster for itself, all replicas alike. */
export interface ServerObjects {
  /** In the namespace it runs in: the serving certificate made by itself. */
  readonly secrets: NamedReader<Secret> & Pick<Writer<Secret>, 'create' | 'update'>;
  /** Its registration with the aggregation layer (cluster-scoped: namespace ''). */
  readonly apiServices: NamedReader<APIService> & Pick<Writer<APIService>, 'patch'>;
}

/**
 * What kube-apiserver says about a StatefulSet that might be created. `invalid`: it breaks rules of Kubernetes and can
 * never be created; the fields of the errors are those of the StatefulSet. `refused`: a policy, a quota or a missing right
 * does not let it in now. `unknown`: there is no usable answer.
 */
export type DryRunVerdict =
  | { readonly type: 'unknown' }
  | { readonly type: 'valid'; readonly warnings?: readonly string[] }
  | { readonly type: 'invalid'; readonly errors: readonly FieldError[] }
  | { readonly type: 'refused'; readonly reason: string };

/** Asks kube-apiserver to create StatefulSets without storing them. */
export interface StatefulSetDryRun {
  /**
   * Never rejects. May take as long as kube-apiserver does: whoever waits for the answer sets the limit.
   * @param statefulSet has a namespace, and a generateName or a name that is free
   * @param signal gives the question up; the verdict is `unknown` then
   */
  check(statefulSet: StatefulSet, signal: AbortSignal): Promise<DryRunVerdict>;
}

/** Where `kubectl describe` finds what happened. Repeats are counted, not stored again; failures only logged. */
export interface EventRecorder {
  record(about: Stored<KubeObject>, type: 'Normal' | 'Warning', reason: string, message: string): void;
}

/** TokenReview (authentication.k8s.io/v1): undefined for a token that is not valid. The signal gives the request up. */
export interface TokenReviewer {
  review(token: string, audiences?: readonly string[], signal?: AbortSignal): Promise<UserInfo | undefined>;
}

/** A request as authorization sees it. Either `resource` or `path` is set. */
export interface AccessRequest {
  readonly user: UserInfo;
  readonly verb: string;
  readonly resource?: { group: string; version: string; resource: string; subresource: string } & NamespacedName;
  /** For requests that name no resource. */
  readonly path?: string;
}

/** What became of a SubjectAccessReview. */
export interface AccessVerdict {
  readonly allowed: boolean;
  readonly reason: string;
  /** Somebody said no; else nobody said yes. */
  readonly denied?: boolean;
}

/** SubjectAccessReview (authorization.k8s.io/v1). The signal gives the request up. */
export interface AccessReviewer {
  review(request: AccessRequest, signal?: AbortSignal): Promise<AccessVerdict>;
}

/** Who signs service account tokens. Source: https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery */
export interface ServiceAccountIssuer {
  /** `iss` of the tokens. */
  readonly issuer: string;
  /** A JSON Web Key Set (RFC 7517). */
  readonly keys: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
}

/** Where the issuer of service account tokens, and its keys, are read from. */
export interface ServiceAccountIssuerSource {
  /** As it is now; @throws Error where it cannot be had (the discovery of it may be turned off) */
  read(): Promise<ServiceAccountIssuer>;
}
