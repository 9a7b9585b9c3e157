/** What the verbs of one resource work with. */
import type { GroupResource, KubeObject } from '../../meta/object.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Store } from '../../storage/contract.ts';
import type { Admission } from '../admission/contract.ts';
import type { ResourceCache } from '../watchcache/contract.ts';
import type { ResourceDefinition } from './contract.ts';

/** Whether objects may be created in a namespace. */
export interface NamespaceLookup {
  /** The namespace's phase; undefined where there is no such namespace. */
  phase(name: string): 'Active' | 'Terminating' | undefined | Promise<'Active' | 'Terminating' | undefined>;
}

export interface RegistryDependencies<T extends KubeObject = KubeObject> {
  readonly definition: ResourceDefinition<T>;
  readonly store: Store;
  readonly cache: ResourceCache<T>;
  readonly clock: Clock;
  /** [0, 1): for generated names. */
  readonly random: () => number;
  /** A new RFC 4122 UUID. */
  readonly uid: () => string;
  /** Absent: every namespace is as good as any. */
  readonly namespaces?: NamespaceLookup;
  /** Absent: nobody beside the resource's own strategy has a say in what is written. */
  readonly admission?: Admission;
}

/** As Status messages name the resource. */
export function groupResource(definition: { group: string; plural: string }): GroupResource {
  return { group: definition.group, resource: definition.plural };
}
