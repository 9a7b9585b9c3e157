/** What the verbs of one resource need. */
import type { GroupResource, KubeObject } from '../../meta/object.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Store } from '../../storage/contract.ts';
import type { Admission, Quota } from '../admission/contract.ts';
import type { ResourceCache } from '../watchcache/contract.ts';
import type { StoreHub } from '../watchcache/index.ts';
import type { Owners } from './owners.ts';
import type { ResourceDefinition } from '../resource.ts';
import type { Versions } from '../versions/index.ts';

/** Whether objects may be created in a namespace. */
export interface NamespaceLookup {
  /** The namespace's phase; undefined where there is no such namespace. */
  phase(name: string): 'Active' | 'Terminating' | undefined | Promise<'Active' | 'Terminating' | undefined>;
}

/** Everything that create, update and delete of one resource receive. */
export interface RegistryDependencies<T extends KubeObject = KubeObject> {
  readonly definition: ResourceDefinition<T>;
  readonly store: Pick<Store, 'commit'>;
  readonly cache: ResourceCache<T>;
  /** See StoreHub. */
  readonly revisionOf: StoreHub['revisionOf'];
  readonly clock: Clock;
  /** A random number, 0 ≤ n < 1, for generated names. */
  readonly random: () => number;
  /** A new RFC 4122 UUID. */
  readonly uid: () => string;
  /** Absent: objects may be created in any namespace. */
  readonly namespaces?: NamespaceLookup;
  /** Who owns which fields, for writes of the main resource and of a subresource; absent: managedFields are not kept. */
  readonly owners?: Owners<T>;
  /** Absent: the resource has one version, and nothing is converted. */
  readonly versions?: Versions;
  /** Absent: there are no webhooks; only the resource's own strategy decides. */
  readonly admission?: Admission;
  /** Absent: objects are not counted. */
  readonly quota?: Quota;
}

/** The resource as Status messages name it. */
export function groupResource(definition: { group: string; plural: string }): GroupResource {
  return { group: definition.group, resource: definition.plural };
}
