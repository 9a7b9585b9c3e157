/** The forms of subresources. */
import type { KubeObject, NamespacedName } from '../meta/object.ts';
import type { ResourceSchema } from '../schema/contract.ts';
import type { FieldManager } from './apply/index.ts';
import type { CallContext, WriteOptions } from './call-context.ts';
import type { ProxySubresource } from './proxy-subresource.ts';

/**
 * A subresource that returns and accepts an object of its own kind: Scale, ClusterEndpoints … `update` gets a function
 * from the current representation to the wanted one; after a conflict it may call the function again.
 */
export interface ObjectSubresource<S extends KubeObject = KubeObject> {
  readonly type: 'object';
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The verbs over HTTP. Absent: get, and with `update` also update and patch. */
  readonly verbs?: readonly ('get' | 'patch' | 'update')[];
  readonly schema: ResourceSchema;
  /** Whether what `update` passes to its transform has managedFields, and takes those of the result over. */
  readonly tracksOwners?: boolean;
  /** Who owns what of the subresource; set by the pipeline where tracksOwners. */
  readonly owners?: FieldManager<KubeObject>;
  readonly get: (context: CallContext, target: NamespacedName) => Promise<S>;
  readonly update?: (
    context: CallContext,
    target: NamespacedName,
    transform: (current: S) => S | Promise<S>,
    options: SubresourceWriteOptions<S>,
  ) => Promise<S>;
}

/** Options of a write through a subresource with a kind of its own. */
export interface SubresourceWriteOptions<S extends KubeObject = KubeObject> extends WriteOptions {
  /** As in UpdateOptions. */
  readonly ownership?: 'given';
  /**
   * Called before the write with the subresource as it will be and as it is now; rejects if the write must not happen.
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
  /** Whether the body may be left out; absent: it may not. */
  readonly mayBeEmpty?: boolean;
  /** The name of the schema of the answer; absent: that of what is sent. */
  readonly answerSchema?: string;
  readonly create: (
    context: CallContext,
    target: NamespacedName,
    body: KubeObject,
    options: WriteOptions,
  ) => Promise<KubeObject>;
}

/**
 * A subresource that clients know but this server does not offer (pods/exec): every method and every upgrade is
 * answered with 405 and this message. It is left out of discovery and of the OpenAPI documents.
 */
export interface RefusedSubresource {
  readonly type: 'refused';
  readonly message: string;
}

/** Any subresource of a resource. The status subresource is the object itself, with only status writable. */
export type Subresource =
  | { readonly type: 'status' }
  | ObjectSubresource
  | TextSubresource
  | ActionSubresource
  | ProxySubresource
  | RefusedSubresource;
