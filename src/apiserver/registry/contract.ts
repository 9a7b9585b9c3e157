/** The verbs of a resource, for handlers and for in-process callers alike. */
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import type { FieldManager } from '../apply/index.ts';
import type { CachedObject, ResourceCache } from '../watchcache/contract.ts';
import type { CallContext, ResourceDefinition, WriteOptions } from '../resource.ts';

/** Options of an update; see ResourceRegistry.update for `subresource` and `admit`. */
export interface UpdateOptions<T extends KubeObject> extends WriteOptions {
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
  create(context: CallContext, namespace: string, object: T, options?: WriteOptions): Promise<WriteResult<T>>;
  /**
   * Reads, transforms, checks, and writes by compare-and-swap. Repeats after a lost race, unless the transformed object
   * names the caller's own resourceVersion.
   * @param transform gets the current object (undefined if there is none, which allowCreateOnUpdate allows); returns
   *        the new one, a copy. If its metadata.resourceVersion is set and not current, the update fails with 409
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
