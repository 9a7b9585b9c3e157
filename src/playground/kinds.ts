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
export type GroupEvent = Omit<Kind<'io.k8s.api.events.v1.Event'>, 'eventTime'> & {
  /** Null where the event was recorded in the core form. */
  eventTime: string | null;
};
export type Lease = Kind<'io.k8s.api.coordination.v1.Lease'>;
