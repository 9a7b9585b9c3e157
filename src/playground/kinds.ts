/** Kinds that only the playground serves. */
import type { components } from '../apis/kubernetes/schemas.gen.ts';
import type { JsonObject } from '../meta/json.ts';
import type { KubeObject } from '../meta/object.ts';

type Schemas = components['schemas'];
type Kind<Name extends keyof Schemas> = Omit<Schemas[Name], 'apiVersion' | 'kind' | 'metadata'> & KubeObject;

/** One recorded template of a StatefulSet. */
export type ControllerRevision = Omit<Kind<'io.k8s.api.apps.v1.ControllerRevision'>, 'data' | 'revision'> & {
  /** Any object. The generated type of the schema cannot express this. */
  data?: JsonObject;
  revision: number;
};
/** The addresses and ports behind a Service. */
export type EndpointSlice = Kind<'io.k8s.api.discovery.v1.EndpointSlice'>;
/** The body of a request to pods/eviction. */
export type Eviction = Kind<'io.k8s.api.policy.v1.Eviction'>;
/** An Event as events.k8s.io/v1 shows it. */
export type GroupEvent = Omit<Kind<'io.k8s.api.events.v1.Event'>, 'eventTime'> & {
  /** Null if the event was recorded in the core form without an eventTime. */
  eventTime: string | null;
};

/** snapshot.storage.k8s.io/v1: how a driver takes snapshots. */
export interface VolumeSnapshotClass extends KubeObject {
  driver: string;
  deletionPolicy: 'Delete' | 'Retain';
  parameters?: Record<string, string>;
}
/** snapshot.storage.k8s.io/v1: a snapshot in the storage. */
export interface VolumeSnapshotContent extends KubeObject {
  spec: {
    deletionPolicy: 'Delete' | 'Retain';
    driver: string;
    source: { volumeHandle?: string };
    volumeSnapshotClassName?: string;
    volumeSnapshotRef: { apiVersion?: string; kind?: string; name?: string; namespace?: string; uid?: string };
  };
  status?: { readyToUse?: boolean; restoreSize?: number; snapshotHandle?: string };
}

/** The question of an access review: resourceAttributes or nonResourceAttributes, exactly one of them. */
export type AccessReviewSpec = Schemas['io.k8s.api.authorization.v1.SelfSubjectAccessReviewSpec'];
/** Asks whether the caller may do something (`kubectl auth can-i`). */
export type SelfAccessReview = Kind<'io.k8s.api.authorization.v1.SelfSubjectAccessReview'>;
/** Asks whether some other user may do something. */
export type SubjectAccessReview = Kind<'io.k8s.api.authorization.v1.SubjectAccessReview'>;
/** Asks for all that the caller may do in a namespace (`kubectl auth can-i --list`). */
export type RulesReview = Kind<'io.k8s.api.authorization.v1.SelfSubjectRulesReview'>;
/** Asks who the caller is (`kubectl auth whoami`). */
export type SubjectReview = Kind<'io.k8s.api.authentication.v1.SelfSubjectReview'>;
/** The user that a SelfSubjectReview returns. */
export type ReviewedUser = Schemas['io.k8s.api.authentication.v1.UserInfo'];

/** One rule of a role: verbs on resources or on paths. */
export type PolicyRule = Schemas['io.k8s.api.rbac.v1.PolicyRule'];
/** A user, group or ServiceAccount that a binding gives a role. */
export type RoleSubject = Schemas['io.k8s.api.rbac.v1.Subject'];
/** The role that a binding gives. It cannot change. */
export type RoleRef = Schemas['io.k8s.api.rbac.v1.RoleRef'];
/** Rules that can be bound within its namespace. */
export type Role = Kind<'io.k8s.api.rbac.v1.Role'>;
/** Rules that can be bound in the whole cluster or in any namespace. */
export type ClusterRole = Kind<'io.k8s.api.rbac.v1.ClusterRole'>;
/** Gives a Role or ClusterRole to subjects within its namespace. */
export type RoleBinding = Kind<'io.k8s.api.rbac.v1.RoleBinding'>;
/** Gives a ClusterRole to subjects in the whole cluster. */
export type ClusterRoleBinding = Kind<'io.k8s.api.rbac.v1.ClusterRoleBinding'>;
