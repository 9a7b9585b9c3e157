/**
 * The ports through which the controller and the registries reach what Kubernetes owns: native objects, containers,
 * and kube-apiserver's opinion of tokens and rights. clients/kubernetes implements them on a real cluster, playground/
 * on its own registries. KubeDirector's own objects are read and written through the same shapes.
 */
import type {
  ConfigMap,
  Namespace,
  Node,
  PersistentVolumeClaim,
  Pod,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
  StorageClass,
} from '../apis/kubernetes/types.ts';
import type { KubeObject, NamespacedName, Stored } from '../meta/object.ts';
import type { UserInfo } from '../meta/user.ts';

/** A change as a lister saw it; `old` is absent for an object seen for the first time, `object` for one that is gone. */
export interface ObjectChange<T extends KubeObject> {
  readonly object?: Stored<T>;
  readonly old?: Stored<T>;
}

/** An eventually consistent, in-memory view of one resource. What it returns is shared: never change it. */
export interface Lister<T extends KubeObject> {
  get(namespace: string, name: string): Stored<T> | undefined;
  /** Of one namespace, or of all where it is absent; in no particular order. */
  list(namespace?: string): readonly Stored<T>[];
  /** Those with this label value; indexed for the labels the lister was made for, else filtered. */
  byLabel(label: string, value: string, namespace?: string): readonly Stored<T>[];
  /** Calls back after every change, once the view shows it. Returns the unsubscribe function. */
  onChange(listener: (change: ObjectChange<T>) => void): () => void;
  /** True once the view has shown everything that existed when it was started. */
  synced(): boolean;
}

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
  delete(target: NamespacedName, options?: { uid?: string; propagation?: 'Background' | 'Foreground' }): Promise<void>;
}

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

/**
 * The native objects. `statefulSets` … `persistentVolumeClaims` show only those labelled kubedirector.hpe.com/kdcluster
 * and are indexed by that label.
 */
export interface NativeClients {
  readonly statefulSets: ResourceClient<StatefulSet>;
  readonly services: ResourceClient<Service>;
  readonly pods: ResourceClient<Pod>;
  readonly persistentVolumeClaims: ResourceClient<PersistentVolumeClaim>;
  readonly configMaps: NamedReader<ConfigMap>;
  readonly secrets: NamedReader<Secret>;
  readonly serviceAccounts: NamedReader<ServiceAccount>;
  /** Any PVC by name, labelled or not. */
  readonly claims: NamedReader<PersistentVolumeClaim>;
  readonly storageClasses: Lister<StorageClass>;
  readonly nodes: Lister<Node>;
  readonly namespaces: Lister<Namespace>;
}

export interface ExecTarget extends NamespacedName {
  readonly container: string;
  /** "containerd://…": the exec is refused with ContainerGoneError once this is no longer the running container. */
  readonly containerID: string;
}

export interface ExecOptions {
  /** Given to the command's standard input, which is then closed. */
  readonly stdin?: string | Uint8Array;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Output beyond this is cut off at its beginning; 64 KiB where absent. */
  readonly maxOutputBytes?: number;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs commands in containers (pods/exec). */
export interface PodExec {
  /**
   * Resolves with whatever exit code the command had.
   * @throws ContainerGoneError, ExecTimeoutError, or ExecUnavailableError where it could not be begun or was cut off
   */
  exec(target: ExecTarget, command: readonly string[], options?: ExecOptions): Promise<ExecResult>;
}

export class ContainerGoneError extends Error {
  constructor(target: ExecTarget, options?: ErrorOptions) {
    super(`container ${target.containerID} of pod ${target.namespace}/${target.name} is no longer running`, options);
    this.name = 'ContainerGoneError';
  }
}
export class ExecTimeoutError extends Error {
  constructor(target: ExecTarget, timeoutMs: number) {
    super(`no answer from pod ${target.namespace}/${target.name} within ${timeoutMs / 1000} s`);
    this.name = 'ExecTimeoutError';
  }
}
export class ExecUnavailableError extends Error {
  constructor(target: ExecTarget, options?: ErrorOptions) {
    super(`could not run a command in pod ${target.namespace}/${target.name}`, options);
    this.name = 'ExecUnavailableError';
  }
}

/** Where `kubectl describe` finds what happened. Repeats are counted, not stored again; failures only logged. */
export interface EventRecorder {
  record(about: Stored<KubeObject>, type: 'Normal' | 'Warning', reason: string, message: string): void;
}

/** TokenReview (authentication.k8s.io/v1): undefined for a token that is not valid. */
export interface TokenReviewer {
  review(token: string, audiences?: readonly string[]): Promise<UserInfo | undefined>;
}

export interface AccessRequest {
  readonly user: UserInfo;
  readonly verb: string;
  readonly resource?: { group: string; version: string; resource: string; subresource: string } & NamespacedName;
  /** For requests that name no resource. */
  readonly path?: string;
}

/** SubjectAccessReview (authorization.k8s.io/v1). */
export interface AccessReviewer {
  review(request: AccessRequest): Promise<{ allowed: boolean; reason: string }>;
}
