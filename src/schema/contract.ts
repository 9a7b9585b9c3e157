/**
 * Structural OpenAPI v3 schemas, as CustomResourceDefinitions and Kubernetes' own documents use them.
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import type { FieldError } from '../meta/field-error.ts';
import type { Steps } from '../runtime/steps.ts';

/** One schema of an OpenAPI v3 document: the keywords that structural schemas may use. */
export interface OpenApiSchema {
  readonly $ref?: string;
  readonly allOf?: readonly OpenApiSchema[];
  readonly oneOf?: readonly OpenApiSchema[];
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly format?: string;
  readonly description?: string;
  readonly nullable?: boolean;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, OpenApiSchema>>;
  readonly additionalProperties?: OpenApiSchema | boolean;
  readonly items?: OpenApiSchema;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-patch-merge-key'?: string;
  readonly [extension: `x-${string}`]: unknown;
}

/** Names to schemas: the `components.schemas` of a document, against which `$ref`s are resolved. */
export type OpenApiSchemas = Readonly<Record<string, OpenApiSchema>>;

/** One node of a resolved schema, as patching and pruning use it while they walk an object. */
export interface SchemaNode {
  readonly schema: OpenApiSchema;
  /** The name of this node's own schema in `components.schemas`; '' where it is written in place. */
  readonly name: string;
  /** The node of a property (declared, or by additionalProperties); undefined where the schema knows none. */
  property(name: string): SchemaNode | undefined;
  /** The node of properties that are not declared, where additionalProperties has a schema for them. */
  additional(): SchemaNode | undefined;
  /** The node of an array's items. */
  items(): SchemaNode | undefined;
}

/** What the API machinery needs to know about the shape of one kind. */
export interface ResourceSchema {
  /** The kind's key in `components.schemas`: "io.k8s.api.core.v1.Pod". */
  readonly name: string;
  readonly root: SchemaNode;
  /** Wrong types, missing fields, patterns, enums, limits: all of them, worded as for a CRD. */
  validate(object: unknown): FieldError[];
  /**
   * As `validate`, without what is wrong with parts that are as they were in the stored object. Costs more than
   * `validate` only where something is wrong, and less where whole parts are the very same in both.
   */
  validateUpdate(object: unknown, old: unknown): FieldError[];
  /**
   * As `validate`, or with `old` as `validateUpdate`, in steps: of a large object, and the first time, it takes long, since what
   * validates is compiled then.
   */
  validateSteps(object: unknown, old?: unknown): Steps<FieldError[]>;
  /**
   * Field paths that the schema does not know, in document order: "spec.roles[0].memberz". metadata included.
   * @param before parts that are the very same in it are not looked at
   */
  unknownFields(object: unknown, before?: unknown): string[];
  /**
   * Without unknown fields, and without nulls where null is not allowed (they count as absent). The same object where
   * there are none; else a copy that shares all parts that stay as they are.
   */
  prune<T>(object: T): T;
  /**
   * The object in a shape that code can rely on. It is the same object where all types are right. Otherwise it is a copy
   * without the parts of the wrong type, and with empty values for required parts. Patterns, limits and enums are not checked.
   */
  readable<T>(object: T): T;
  /** The metadata of what `readable` returns for an object that has this metadata. */
  readableMetadata<M>(metadata: M): M;
  /** Whether this object is a copy that `readable` made, so that the original holds more. */
  isRepaired(object: object): boolean;
  /** With the schema's defaults filled in where a field is absent; shares as `prune` does. */
  applyDefaults<T>(object: T): T;
  /** As `applyDefaults` makes it of what `prune` keeps, in one walk. */
  pruneAndDefault<T>(object: T): T;
}
