/** What admission needs of the cluster: its webhooks, policies, their params, and quotas. */
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  MutatingWebhookConfiguration,
  ResourceQuota,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
  WebhookClientConfig,
} from '../apis/kubernetes/types.ts';
import type { GroupVersionKind, KubeObject, NamespacedName, Stored } from '../meta/object.ts';
import type { Lister } from './lister.ts';

/** Which admission webhooks the cluster has. Source: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/ */
export interface WebhookConfigurations {
  readonly mutating: Lister<MutatingWebhookConfiguration>;
  readonly validating: Lister<ValidatingWebhookConfiguration>;
}

/**
 * Which admission policies the cluster has. A view of a kind that the cluster does not serve is synced and empty. Source:
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export interface AdmissionPolicies {
  readonly validating: {
    readonly policies: Lister<ValidatingAdmissionPolicy>;
    readonly bindings: Lister<ValidatingAdmissionPolicyBinding>;
  };
  readonly mutating: {
    readonly policies: Lister<MutatingAdmissionPolicy>;
    readonly bindings: Lister<MutatingAdmissionPolicyBinding>;
  };
  readonly params: PolicyParams;
}

/** The objects that policies have as params, of any kind that the cluster serves. */
export interface PolicyParams {
  /** Follows these kinds from now on, and no others: what was followed before, and is not among them, is given up. */
  follow(kinds: readonly GroupVersionKind[]): void;
  /**
   * The objects of a kind that is followed; undefined where the cluster serves no such kind.
   * @throws StatusError where it cannot be told
   */
  of(kind: GroupVersionKind): Promise<ParamObjects | undefined>;
}

/** The objects of one kind. */
export interface ParamObjects extends Pick<Lister<KubeObject>, 'get' | 'list' | 'synced'> {
  readonly namespaced: boolean;
  /** A read that is current, not from the view; undefined where there is no such object. */
  read(target: NamespacedName): Promise<Stored<KubeObject> | undefined>;
}

/** The ResourceQuotas of the namespaces that are served. */
export interface QuotaObjects extends Lister<ResourceQuota> {
  /** A read that is current, not from the view; undefined where there is no such object. */
  read(target: NamespacedName): Promise<Stored<ResourceQuota> | undefined>;
  /** Its metadata.resourceVersion must be the current one. @throws StatusError Conflict where it is not */
  updateStatus(quota: Stored<ResourceQuota>): Promise<Stored<ResourceQuota>>;
}

/** Asks webhooks. */
export interface WebhookCaller {
  /**
   * POSTs a document (JSON) to it.
   * @param timeoutMs for all of it; the webhook is told in the query parameter `timeout`
   * @returns the decoded answer, whatever it is
   * @throws StatusError for an answer that is none of 2xx; Error that says what went wrong for everything else; the
   *   signal's reason once that has aborted
   */
  call(target: WebhookClientConfig, document: object, limits: WebhookLimits): Promise<unknown>;
  /** Ends all connections. */
  close(): void;
}

/** Limits of one call to a webhook. */
export interface WebhookLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}
