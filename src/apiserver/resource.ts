/**
 * What a resource is to the API machinery: data, a schema, and a strategy of pure functions. One generic implementation
 * of every verb serves all resources. Nothing here depends on a particular group.
 */
import type { FieldError } from '../meta/field-error.ts';
import type { JsonObject } from '../meta/json.ts';
import type { KubeObject, NamespacedName, Stored } from '../meta/object.ts';
import type { ResourceSchema } from '../schema/contract.ts';
import type { CallContext } from './call-context.ts';
import type { Subresource } from './subresource.ts';

export type { CallContext, Fence, WriteOptions } from './call-context.ts';
export type {
  ActionSubresource,
  ObjectSubresource,
  RefusedSubresource,
  Subresource,
  SubresourceWriteOptions,
  TextSubresource,
} from './subresource.ts';

/** The verbs of Kubernetes' RBAC that a resource can serve. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/**
 * What a write depends on besides its own object, as keys of the store (`storeKey`, `referenceKey`). Their revisions are
 * noted before the object is prepared and validated. It is written only if they are the same then; otherwise it is
 * prepared and validated again.
 *
 * "There is no such object" is not a key. So whoever writes an object that must be seen by others touches a reference key,
 * and whoever has found that there is none requires that the reference key has not changed. A reference key that was
 * never touched does not exist, which is as good a state as any.
 */
export interface Guard {
  readonly unchanged: readonly string[];
  /** Written in the same commit. */
  readonly touched?: readonly string[];
}

/**
 * A resource's own rules. `prepare…` returns the object to be stored (a changed copy). What it sets has no field manager.
 * `validate…` returns every violation. Both may wait for lookups of other objects and for nothing else.
 * Before them, the machinery decodes, checks and prunes the object by the schema, applies defaults, sets the system's
 * metadata, keeps status (main resource) or everything else (status subresource), and compares uid and resourceVersion.
 * After them, it validates metadata, increments generation if spec changed, and writes.
 */
export interface Strategy<T extends KubeObject> {
  /** The guards are asked for first. Not called for a create that the schema already refuses. */
  guardCreate?(object: T): Guard;
  /** Not called for a subresource. The object is pruned and defaulted; its types are not checked yet. */
  guardUpdate?(object: T, old: Stored<T>): Guard | undefined;
  /** Counts where finalizersForDelete adds nothing: nobody was found for whom the object must be held. */
  guardDelete?(object: Stored<T>): Guard;
  /** Reference keys that are removed together with the object. */
  referenceKeys?(target: NamespacedName): readonly string[];
  prepareForCreate?(context: CallContext, object: T): T | Promise<T>;
  prepareForUpdate?(context: CallContext, object: T, old: Stored<T>): T | Promise<T>;
  /** Status subresource only. */
  prepareForStatusUpdate?(context: CallContext, object: T, old: Stored<T>): T | Promise<T>;
  validateCreate?(context: CallContext, object: T): FieldError[] | Promise<FieldError[]>;
  validateUpdate?(context: CallContext, object: T, old: Stored<T>): FieldError[] | Promise<FieldError[]>;
  validateStatusUpdate?(context: CallContext, object: T, old: Stored<T>): FieldError[] | Promise<FieldError[]>;
  /** @throws StatusError (403, 409 …) if the object must not be deleted */
  validateDelete?(context: CallContext, object: Stored<T>): void | Promise<void>;
  /**
   * Finalizers that a deletion adds, so that the object stays until somebody removes them. Not called for an object
   * that is being deleted already.
   */
  finalizersForDelete?(context: CallContext, object: Stored<T>): readonly string[];
  /** `Warning` headers of an accepted create or update. @param old what an update changes */
  warnings?(object: T, old?: Stored<T>): string[];
  /** Seconds a deleted object stays with its deletionTimestamp set even without finalizers (pods); absent: 0. */
  deletionGracePeriodSeconds?(object: Stored<T>, asked: number | undefined): number;
  /**
   * Checks metadata.name; returns messages in apimachinery's words. Absent: DNS-1123 subdomain.
   * @param isPrefix the name is a generateName; the name made from it is cut to 63 characters
   */
  validateName?(name: string, isPrefix?: boolean): string[];
  /** PUT without resourceVersion overwrites; absent: true, as for built-in types. */
  readonly allowUnconditionalUpdate?: boolean;
  /** PUT of a name that does not exist creates it; absent: false. */
  readonly allowCreateOnUpdate?: boolean;
  /** True where metadata.generation is kept (bumped with spec); absent: true. */
  readonly hasGeneration?: boolean;
}

/** One column of `kubectl get`. Source: Table in k8s.io/apimachinery/pkg/apis/meta/v1 */
export interface TableColumn<T extends KubeObject> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description: string;
  /** 0 is shown always, 1 with -o wide. */
  readonly priority: number;
  /** The cell; undefined becomes null, which kubectl prints as <none> or empty. Ages are relative to `now`. */
  readonly value: (object: Stored<T>, now: Date) => string | number | boolean | undefined;
}

/**
 * A part of an object that is hidden from some of its readers. For a user who may not see it, every verb and form works
 * as if the part were absent; in-process callers see everything. The hidden part must be neither selectable nor shown
 * in a column.
 */
export interface Redaction<T extends KubeObject> {
  /**
   * Called once per request, after authorization; a watch keeps the answer until it ends. The name is '' for
   * collections.
   * @throws StatusError 503 if the authorizer cannot be reached
   */
  mayReveal(context: CallContext, target: NamespacedName): boolean | Promise<boolean>;
  /** A copy without the hidden part; the same object if there is nothing to hide. */
  redact(object: Stored<T>): Stored<T>;
  /**
   * The object to write when the author saw the redacted one: hidden parts that `next` lacks are taken from `current`.
   * @param next not validated yet: any field may have the wrong type
   */
  restore(next: T, current: Stored<T>): T;
}

/** Says that clients should use another version. */
export interface Deprecation {
  /** The text of the `Warning` header of every request; absent: that it is deprecated, and which version to use. */
  readonly warning?: string;
}

/**
 * One more version of a resource: the same objects in another shape. Rules and redaction are those of the
 * ResourceDefinition, whose own version is the hub that all others are converted to and from. See
 * docs/adr/0036-versions.md. Source:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/
 */
export interface VersionDefinition<V extends KubeObject = KubeObject, T extends KubeObject = KubeObject> extends Pick<
  ResourceDefinition<V>,
  'version' | 'served' | 'deprecated' | 'schema' | 'columns' | 'selectableFields' | 'defaults' | 'zeroValue'
> {
  /** Absent: those of the hub. */
  readonly subresources?: ResourceDefinition['subresources'];
  /**
   * The object in the hub's version. A pure function: the object is shared, and all its parts have the type that the
   * schema says, but any of them but metadata may be missing. Of metadata it can change labels and annotations only.
   * `fromHub(toHub(object))` must equal the object, but for empty objects in it; so must `toHub(fromHub(object))`.
   * @throws Error about an object that the other version cannot express; clients read the message
   */
  toHub(object: V): T;
  /** The reverse of toHub, with the same duties. */
  fromHub(object: T): V;
}

/** Everything the API machinery knows about one resource. */
export interface ResourceDefinition<T extends KubeObject = KubeObject> {
  readonly group: string;
  /** The hub: the version that strategy, redaction and in-process callers work in. */
  readonly version: string;
  /** Whether clients may ask for this version; absent: they may. Others are still read from the store. */
  readonly served?: boolean;
  readonly deprecated?: Deprecation;
  /** The other versions, as made by versionOf; absent: there are none, and nothing is ever converted. */
  readonly versions?: readonly VersionDefinition<KubeObject, T>[];
  /** The version of the bytes in the store; absent: the hub's. */
  readonly storageVersion?: string;
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
   * The part of a stored object that code may read, as made by ResourceSchema.readable: an object stored by another
   * version of the program, or edited in the store, must not crash its readers. Clients see it as it is stored. Absent:
   * everything stored has always been validated by this schema.
   */
  readonly readable?: <V>(object: V) => V;
  /** The metadata of what `readable` returns; present if that is. */
  readonly readableMetadata?: <M>(metadata: M) => M;
  /** The Name column is added in front, unless one of the columns has format 'name' and takes its place (Events). */
  readonly columns: readonly TableColumn<T>[];
  /** The fields that a fieldSelector may name besides metadata.name and metadata.namespace. */
  readonly selectableFields: Readonly<Record<string, (object: Stored<T>) => string>>;
  readonly strategy: Strategy<T>;
  /**
   * The object with the defaults that the schema cannot express. They belong to the manager of the write; those of an
   * applied object belong to nobody. Done twice, it changes nothing more. It is given objects of the right shape only.
   * Source: the SetDefaults_… functions in k8s.io/kubernetes/pkg/apis, which run when an object is decoded
   */
  readonly defaults?: (object: T) => T;
  /**
   * What an object has before anybody has written to it, besides apiVersion and kind: in Go the structs of a type are
   * always there, and its fields without omitempty. managedFields do not list those as added. Absent: nothing, as for
   * custom resources.
   */
  readonly zeroValue?: JsonObject;
  /** Absent: every reader of an object may read all of it. */
  readonly redaction?: Redaction<T>;
  readonly subresources: Readonly<Record<string, Subresource>>;
}
