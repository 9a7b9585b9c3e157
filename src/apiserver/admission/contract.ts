/**
 * Admission by whoever the cluster's administrators let have a say: after authentication and authorization, before a
 * write is made. Source: https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
 */
import type { GroupVersionKind, GroupVersionResource, KubeObject } from '../../meta/object.ts';
import type { CallContext } from '../registry/contract.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE';

/** What is to be done, as webhooks are told. Source: k8s.io/apiserver/pkg/admission Attributes */
export interface AdmissionAttributes {
  readonly context: CallContext;
  readonly operation: Operation;
  /** Of the objects: a subresource may have a kind of its own. */
  readonly kind: GroupVersionKind;
  readonly resource: GroupVersionResource;
  /** '' for the resource itself. */
  readonly subresource: string;
  readonly namespace: string;
  /** '' where the server is still to make it. */
  readonly name: string;
  /** What is to be stored; absent for DELETE. */
  readonly object?: KubeObject;
  /** What is stored; absent for CREATE. */
  readonly oldObject?: KubeObject;
  readonly dryRun: boolean;
  /** CreateOptions, UpdateOptions or DeleteOptions (meta.k8s.io/v1). */
  readonly options: object;
}

export interface Admission {
  /** Whether anybody may have a say in requests of this group: where not, there is nothing to be asked. */
  concerns(group: string): boolean;
  /**
   * Asks those that may change the object, one after the other.
   * @param defaulted the schema's defaults put into an object that was changed
   * @returns the object as they leave it: a changed copy, of which nothing is known but that it is a JSON object with
   *   metadata, or the very same; undefined where there was none
   * @throws StatusError as who refuses it says; 500 where somebody who must be asked cannot be; 503 as long as it is not
   *   known who is to be asked
   */
  mutate(
    attributes: AdmissionAttributes,
    defaulted: (object: KubeObject) => KubeObject,
  ): Promise<KubeObject | undefined>;
  /** Asks those that may only refuse it, all at once. @throws StatusError as mutate */
  validate(attributes: AdmissionAttributes): Promise<void>;
}
