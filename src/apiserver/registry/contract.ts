/** The verbs of a resource, for handlers and for in-process callers alike. */
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import type { FieldManager } from '../apply/index.ts';
import type { CachedObject, ResourceCache } from '../watchcache/contract.ts';
import type { CallContext, ResourceDefinition, WriteOptions } from '../resource.ts';

/** The version of the resource that a request is about, where that is not the hub's. */
export interface RequestVersion {
  readonly place: Pick<ResourceDefinition, 'group' | 'version' | 'kind' | 'plural' | 'schema'>;
  /** The hub's object in this version. @throws ConversionError */
  fromHub(object: KubeObject): KubeObject;
}

/** The version in which an object is written. Up to the end of mutating admission, everything is done in it. */
export interface WriteVersion<T extends KubeObject> extends RequestVersion {
  readonly definition: ResourceDefinition<T>;
  readonly owners: (subresource: 'status' | undefined) => FieldManager<T>;
  /** @throws ConversionError */
  toHub(object: T): T;
  /** The same object for the same object. @throws ConversionError */
  shown(object: Stored<T>): Stored<T>;
}

/** Options of a create. */
export interface CreateOptions<T extends KubeObject> extends WriteOptions {
  /** The object is of this version. Absent: it is of the hub's. */
  readonly version?: WriteVersion<T>;
}

/** Options of an update; see ResourceRegistry.update for `subresource` and `admit`. */
export interface UpdateOptions<T extends KubeObject> extends CreateOptions<T> {
  readonly subresource?: 'status';
  readonly preconditions?: Preconditions;
  readonly admit?: (next: Stored<T>, current: Stored<T>) => Promise<void>;
  /** 'given': the transform sets managedFields itself, as an apply does. Absent: the write's manager owns its changes. */
  readonly ownership?: 'given';
  /** Whether an object that does not exist is created; absent: as the strategy says. */
  readonly mayCreate?: boolean;
}

/** What the stored object must have for the write to happen; absent fields are not compared. */
export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** Options of a deletion. Source: DeleteOptions in k8s.io/apimachinery/pkg/apis/meta/v1 */
export interface DeleteOptions extends WriteOptions {
  readonly preconditions?: Preconditions;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  /** Deprecated form of propagationPolicy. */
  readonly orphanDependents?: boolean;
  readonly gracePeriodSeconds?: number;
  readonly version?: RequestVersion;
}

/** The result of a write: the object as it now is (dry runs: as it would be). */
export interface WriteResult<T extends KubeObject> extends CachedObject<T> {
  readonly created: boolean;
}

/** The result of a deletion that was accepted. */
export interface DeleteResult<T extends KubeObject> {
  /** Its last state, or its state with deletionTimestamp. */
  readonly object: CachedObject<T>;
  /** False while finalizers or a grace period keep it. */
  readonly gone: boolean;
  readonly uid: string;
}

/**
 * The verbs of one resource, for handlers and for in-process callers alike. Rejections are StatusErrors.
 * A resource without a store (a computed view) rejects writes with 405.
 */
export interface ResourceRegistry<T extends KubeObject = KubeObject> {
  readonly definition: ResourceDefinition<T>;
  readonly cache: ResourceCache<T>;
  /** Absent: managedFields are not kept, and there is no server-side apply. */
  readonly owners?: (subresource: 'status' | undefined) => FieldManager<T>;
  /** The same objects for users who may not see the hidden part; present if the definition has a redaction. */
  readonly redacted?: ResourceRegistry<T>;
  /** Current (see ResourceCache.current). @throws StatusError 404 */
  get(target: NamespacedName): Promise<CachedObject<T>>;
  create(context: CallContext, namespace: string, object: T, options?: CreateOptions<T>): Promise<WriteResult<T>>;
  /**
   * Reads, transforms, checks, and writes by compare-and-swap. Repeats after a lost race, unless the transformed object
   * names the caller's own resourceVersion.
   * @param transform gets the current object (undefined if there is none, which allowCreateOnUpdate allows) in the hub's
   *        version; returns the new one, a copy, in the version that the options name. If its metadata.resourceVersion is set and not current, the update fails with 409
   * @param options.subresource 'status' changes status only; absent changes everything else
   * @param options.admit called instead of the cluster's webhooks, for a write through a subresource that calls its own
   *        webhooks
   */
  update(
    context: CallContext,
    target: NamespacedName,
    transform: (current: Stored<T> | undefined) => T | Promise<T>,
    options?: UpdateOptions<T>,
  ): Promise<WriteResult<T>>;
  delete(context: CallContext, target: NamespacedName, options?: DeleteOptions): Promise<DeleteResult<T>>;
}
