/** Kinds that only the playground serves. */
import type { components } from '../apis/kubernetes/schemas.gen.ts';
import type { JsonObject } from '../meta/json.ts';
import type { KubeObject } from '../meta/object.ts';

type Schemas = components['schemas'];
type Kind<Name extends keyof Schemas> = Omit<Schemas[Name], 'apiVersion' | 'kind' | 'metadata'> & KubeObject;

export type ControllerRevision = Omit<Kind<'io.k8s.api.apps.v1.ControllerRevision'>, 'data' | 'revision'> & {
  /** Any object; the schema says so, its type can't. */
  data?: JsonObject;
  revision: number;
};
export type EndpointSlice = Kind<'io.k8s.api.discovery.v1.EndpointSlice'>;
export type Eviction = Kind<'io.k8s.api.policy.v1.Eviction'>;
export type GroupEvent = Omit<Kind<'io.k8s.api.events.v1.Event'>, 'eventTime'> & {
  /** Null where the event was recorded in the core form. */
  eventTime: string | null;
};
export type Lease = Kind<'io.k8s.api.coordination.v1.Lease'>;

/** What is asked about: one of the two. */
export type AccessReviewSpec = Schemas['io.k8s.api.authorization.v1.SelfSubjectAccessReviewSpec'];
export type SelfAccessReview = Kind<'io.k8s.api.authorization.v1.SelfSubjectAccessReview'>;
export type SubjectAccessReview = Kind<'io.k8s.api.authorization.v1.SubjectAccessReview'>;
export type RulesReview = Kind<'io.k8s.api.authorization.v1.SelfSubjectRulesReview'>;
export type SubjectReview = Kind<'io.k8s.api.authentication.v1.SelfSubjectReview'>;
export type ReviewedUser = Schemas['io.k8s.api.authentication.v1.UserInfo'];

export type PolicyRule = Schemas['io.k8s.api.rbac.v1.PolicyRule'];
export type RoleSubject = Schemas['io.k8s.api.rbac.v1.Subject'];
export type RoleRef = Schemas['io.k8s.api.rbac.v1.RoleRef'];
export type Role = Kind<'io.k8s.api.rbac.v1.Role'>;
export type ClusterRole = Kind<'io.k8s.api.rbac.v1.ClusterRole'>;
export type RoleBinding = Kind<'io.k8s.api.rbac.v1.RoleBinding'>;
export type ClusterRoleBinding = Kind<'io.k8s.api.rbac.v1.ClusterRoleBinding'>;
