/**
 * What a resource is to the API machinery: data, a schema, and a strategy of pure functions. One generic
 * implementation of every verb serves them all; nothing here knows which group it is for.
 */
import type { FieldError } from '../../meta/field-error.ts';
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import type { UserInfo } from '../../meta/user.ts';
import type { ResourceSchema } from '../../schema/contract.ts';
import type { AuditTrail } from '../http/contract.ts';
import type { CachedObject, ResourceCache } from '../watchcache/contract.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** On whose behalf, and under which request, something is done; HTTP and in-process callers alike. */
export interface CallContext {
  readonly user: UserInfo;
  readonly requestId: string;
  readonly signal: AbortSignal;
  /** Adds a `Warning: 299` header to the answer. */
  readonly warn: (message: string) => void;
  /** Where the request is audited. */
  readonly audit?: AuditTrail | undefined;
  /** Is told of each call of an admission webhook that the request waited for, in milliseconds. */
  webhookTook?(type: 'mutating' | 'validating', milliseconds: number): void;
}

/** Called once: when what was written is in the cache, or nothing will be written. */
export type FinishFunc = () => void;

/**
 * A resource's own rules. `prepare…` returns the object to be stored (a changed copy; defaulting happens here);
 * `validate…` returns every violation found. They may wait for lookups of other objects, nothing else.
 * Before them the machinery has: decoded, checked and pruned by the schema, applied its defaults, filled in or kept
 * the system's metadata, kept status (main resource) or all but status (status subresource), and compared uid and
 * resourceVersion. After them it: validates metadata, bumps generation when spec changed, writes.
 */
export interface Strategy<T extends KubeObject> {
  /**
   * Come before all else, but not for dry runs, nor for what is not in its schema's shape and will not be made: a write
   * that has to be kept apart from others begins here. Source of the idea: BeginCreate and BeginUpdate of
   * k8s.io/apiserver/pkg/registry/generic/registry/store.go
   */
  beginCreate?(context: CallContext, object: T): Promise<FinishFunc>;
  /** The object is as it was sent, in whatever shape. */
  beginUpdate?(context: CallContext, object: T, old: Stored<T>): Promise<FinishFunc> | undefined;
  beginDelete?(context: CallContext, object: Stored<T>): Promise<FinishFunc>;
  prepareForCreate?(context: CallContext, object: T): T | Promise<T>;
  prepareForUpdate?(context: CallContext, object: T, old: Stored<T>): T | Promise<T>;
  /** Status subresource only. */
  prepareForStatusUpdate?(context: CallContext, object: T, old: Stored<T>): T | Promise<T>;
  validateCreate?(context: CallContext, object: T): FieldError[] | Promise<FieldError[]>;
  validateUpdate?(context: CallContext, object: T, old: Stored<T>): FieldError[] | Promise<FieldError[]>;
  validateStatusUpdate?(context: CallContext, object: T, old: Stored<T>): FieldError[] | Promise<FieldError[]>;
  /** @throws StatusError (403, 409 …) where the object must stay */
  validateDelete?(context: CallContext, object: Stored<T>): void | Promise<void>;
  /**
   * Finalizers that a deletion puts on the object, so that it stays until somebody takes them off again. Not asked for
   * what is being deleted already.
   */
  finalizersForDelete?(context: CallContext, object: Stored<T>): readonly string[];
  /** Text for `Warning` headers of an accepted create or update. */
  warnings?(object: T): string[];
  /** Seconds a deleted object stays with its deletionTimestamp set even without finalizers (pods); absent: 0. */
  deletionGracePeriodSeconds?(object: Stored<T>, asked: number | undefined): number;
  /**
   * How metadata.name is checked, as apimachinery words it; absent: DNS-1123 subdomain.
   * @param isPrefix it is a generateName: the name that is made of it is cut to 63 characters
   */
  validateName?(name: string, isPrefix?: boolean): string[];
  /** PUT without resourceVersion overwrites; absent: true, as for built-in types. */
  readonly allowUnconditionalUpdate?: boolean;
  /** PUT of a name that does not exist creates it; absent: false. */
  readonly allowCreateOnUpdate?: boolean;
  /** True where metadata.generation is kept (bumped with spec); absent: true. */
  readonly hasGeneration?: boolean;
}

export interface TableColumn<T extends KubeObject> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description: string;
  /** 0 is shown always, 1 with -o wide. */
  readonly priority: number;
  /** The cell; undefined becomes null, which kubectl prints as <none> or empty. Ages are given by `now`. */
  readonly value: (object: Stored<T>, now: Date) => string | number | boolean | undefined;
}

/**
 * A subresource that answers with (and takes) an object of a kind of its own: Scale, ClusterEndpoints …
 * `update` gets a function from the current representation to the wanted one, and may call it again after a conflict.
 */
export interface ObjectSubresource<S extends KubeObject = KubeObject> {
  readonly type: 'object';
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Over HTTP; absent: get, and where there is `update` that and patch. */
  readonly verbs?: readonly ('get' | 'patch' | 'update')[];
  readonly schema: ResourceSchema;
  readonly get: (context: CallContext, target: NamespacedName) => Promise<S>;
  readonly update?: (
    context: CallContext,
    target: NamespacedName,
    transform: (current: S) => S | Promise<S>,
    options: SubresourceWriteOptions<S>,
  ) => Promise<S>;
}

export interface SubresourceWriteOptions<S extends KubeObject = KubeObject> extends WriteOptions {
  /**
   * To be asked before the write, with what the subresource is going to show and what it shows now; rejects where it
   * must not be made.
   */
  readonly admit?: (next: S, current: S) => Promise<void>;
}

/** A subresource that answers with text (pods/log). `follow` streams end with the call's signal. */
export interface TextSubresource {
  readonly type: 'text';
  readonly get: (context: CallContext, target: NamespacedName, query: URLSearchParams) => AsyncIterable<string>;
}

/** A subresource that takes an object and does something (pods/eviction, pods/binding). */
export interface ActionSubresource {
  readonly type: 'action';
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly schema: ResourceSchema;
  readonly create: (
    context: CallContext,
    target: NamespacedName,
    body: KubeObject,
    options: WriteOptions,
  ) => Promise<KubeObject>;
}

/**
 * A subresource that clients know of and that cannot be had here (pods/exec): every method, and every upgrade, is
 * answered with 405 and this message. It is left out of discovery and of the OpenAPI documents.
 */
export interface RefusedSubresource {
  readonly type: 'refused';
  readonly message: string;
}

export type Subresource =
  { readonly type: 'status' } | ObjectSubresource | TextSubresource | ActionSubresource | RefusedSubresource;

/**
 * What of an object not everybody who may read it is shown. Whoever is not shown it gets and changes the object as if
 * it were not there, in every verb and form; in-process callers see everything. It must be neither selectable nor in
 * a column.
 */
export interface Redaction<T extends KubeObject> {
  /**
   * Asked once a request, after it was authorized; a watch goes on as it began. The name is '' for collections.
   * @throws StatusError 503 where nobody could be asked
   */
  mayReveal(context: CallContext, target: NamespacedName): boolean | Promise<boolean>;
  /** A copy without it; the very same object where there is nothing to hide. */
  redact(object: Stored<T>): Stored<T>;
  /**
   * What is to be written, by someone who saw the redacted object: what `next` lacks of what was hidden is `current`'s.
   * @param next not validated yet: anything may have the wrong type
   */
  restore(next: T, current: Stored<T>): T;
}

export interface ResourceDefinition<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly version: string;
  /** "kubedirectorclusters" */
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  readonly schema: ResourceSchema;
  /**
   * What code gets to see of a stored object, as ResourceSchema.readable makes it: an object that another version of the
   * program stored, or a hand in the store, must not crash who reads it. Clients are shown it as it is stored. Absent:
   * what is stored has always been validated by this schema.
   */
  readonly readable?: <V>(object: V) => V;
  /** Name comes first and by itself, unless one of the columns has format 'name': then that is it (Events). */
  readonly columns: readonly TableColumn<T>[];
  /** Beyond metadata.name and metadata.namespace, what fieldSelector may name. */
  readonly selectableFields: Readonly<Record<string, (object: Stored<T>) => string>>;
  readonly strategy: Strategy<T>;
  /** Absent: who may read an object may read all of it. */
  readonly redaction?: Redaction<T>;
  readonly subresources: Readonly<Record<string, Subresource>>;
}

export interface WriteOptions {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
}

export interface UpdateOptions<T extends KubeObject> extends WriteOptions {
  readonly subresource?: 'status';
  readonly preconditions?: Preconditions;
  readonly admit?: (next: Stored<T>, current: Stored<T>) => Promise<void>;
}

export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export interface DeleteOptions extends WriteOptions {
  readonly preconditions?: Preconditions;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  /** Deprecated form of propagationPolicy. */
  readonly orphanDependents?: boolean;
  readonly gracePeriodSeconds?: number;
}

/** What a write gave: the object as it now is (dry runs: as it would be). */
export interface WriteResult<T extends KubeObject> extends CachedObject<T> {
  readonly created: boolean;
}

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
  /** The same objects as those see them from whom something is hidden; there where the definition has a redaction. */
  readonly redacted?: ResourceRegistry<T>;
  /** Current (see ResourceCache.current). @throws StatusError 404 */
  get(target: NamespacedName): Promise<CachedObject<T>>;
  create(context: CallContext, namespace: string, object: T, options?: WriteOptions): Promise<WriteResult<T>>;
  /**
   * Reads, transforms, checks, writes by compare-and-swap; repeats where the race was lost and the transformed object
   * names no resourceVersion of the caller's.
   * @param transform gets the current object (undefined: there is none, allowed with allowCreateOnUpdate); returns the
   *        new one, a copy, whose metadata.resourceVersion, where set and not the current one, is a 409
   * @param options.subresource 'status' takes over status only; absent takes over everything else
   * @param options.admit asked in the place of the cluster's webhooks: the write is made for a subresource, which has
   *        its own
   */
  update(
    context: CallContext,
    target: NamespacedName,
    transform: (current: Stored<T> | undefined) => T | Promise<T>,
    options?: UpdateOptions<T>,
  ): Promise<WriteResult<T>>;
  delete(context: CallContext, target: NamespacedName, options?: DeleteOptions): Promise<DeleteResult<T>>;
}
