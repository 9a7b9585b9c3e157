/**
 * Admission control by the webhooks that the cluster's administrators configure: after authentication and
 * authorization, before a write. Source: https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
 */
import type { GroupVersionKind, GroupVersionResource, KubeObject } from '../../meta/object.ts';
import type { SchemaNode } from '../../schema/contract.ts';
import type { CallContext } from '../resource.ts';

/** The operation of a write, as AdmissionReview names it. */
export type Operation = 'CREATE' | 'UPDATE' | 'DELETE';

/** The same request, had it been made in another version of the resource. */
export interface Equivalent {
  readonly kind: GroupVersionKind;
  readonly resource: GroupVersionResource;
  readonly schema?: SchemaNode;
  /** An object of the request in this version. @throws StatusError 500 if it cannot be converted */
  to(object: KubeObject): KubeObject;
  /** Applies this version's defaults. */
  defaulted(object: KubeObject): KubeObject;
  /**
   * The reverse of `to`, for an object that admission has changed.
   * @throws StatusError 422 if it has the wrong types; 500 if it cannot be converted
   */
  from(object: KubeObject): KubeObject;
}

/** What a request is about to do. Source: k8s.io/apiserver/pkg/admission Attributes */
export interface AdmissionAttributes {
  readonly context: CallContext;
  readonly operation: Operation;
  /** The kind of the objects: a subresource may have its own. */
  readonly kind: GroupVersionKind;
  readonly resource: GroupVersionResource;
  /** '' for the resource itself. */
  readonly subresource: string;
  readonly namespace: string;
  /** '' if the server has still to generate it. */
  readonly name: string;
  /** The object to be stored; absent for DELETE. */
  readonly object?: KubeObject;
  /** The stored object; absent for CREATE. */
  readonly oldObject?: KubeObject;
  /** The other served versions of the resource; absent: there are none. */
  readonly equivalents?: readonly Equivalent[];
  /** What the client asked for, where the rest is of an equivalent version. */
  readonly asked?: Pick<AdmissionAttributes, 'kind' | 'resource'>;
  readonly dryRun: boolean;
  /** Of the object: how it merges with what a policy applies. */
  readonly schema?: SchemaNode;
  /** CreateOptions, UpdateOptions or DeleteOptions (meta.k8s.io/v1). */
  readonly options: object;
}

/** Counts new objects against the quotas of their namespace. */
export interface Quota {
  /** Whether a quota may limit such objects. If not, reserve need not be called. */
  concerns(about: Pick<AdmissionAttributes, 'resource' | 'namespace'>): boolean;
  /**
   * Counts the object as if it existed; one of a dry run is only checked.
   * @returns takes it back if it can, for an object that was not written after all
   * @throws StatusError 403 if there is no room for it, or what kube-apiserver answers
   */
  reserve(attributes: AdmissionAttributes): Promise<() => Promise<void>>;
}

/** Asks the cluster's webhooks about writes. */
export interface Admission {
  /** Whether a webhook may apply to requests of this group. If not, mutate and validate need not be called. */
  concerns(group: string): boolean;
  /**
   * Calls the mutating webhooks, one after the other.
   * @param defaulted applies the schema's defaults to a changed object
   * @returns the object after the webhooks: the same one, or a changed copy of which only is certain that it is a JSON
   *        object with metadata; undefined if there was none
   * @throws StatusError as a webhook refuses it; 500 if a required webhook fails; 503 while the webhook configurations
   *        are not known yet
   */
  mutate(
    attributes: AdmissionAttributes,
    defaulted: (object: KubeObject) => KubeObject,
  ): Promise<KubeObject | undefined>;
  /** Calls the validating webhooks, all at once. @throws StatusError as mutate */
  validate(attributes: AdmissionAttributes): Promise<void>;
}
