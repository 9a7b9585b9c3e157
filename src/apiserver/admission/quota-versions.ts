/** The newest versions of quotas that are known here: the view lags behind what was written a moment ago. */
import type { ResourceQuota } from '../../apis/kubernetes/types.ts';
import type { QuotaObjects } from '../../clients/contract.ts';
import type { Stored } from '../../meta/object.ts';
import type { Quantity } from '../../meta/quantity.ts';

/** What a write was based on. */
export interface Basis {
  readonly namespace: string;
  readonly name: string;
  /** Changes with every version that somebody else wrote. */
  readonly epoch: number;
}

interface Known {
  quota: Stored<ResourceQuota>;
  epoch: number;
}

/** Quotas beyond these are read again from the view. */
const maxKnown = 1000;

/** Reads quotas from a view, and remembers what was written or read since. */
export class QuotaVersions {
  readonly #objects: QuotaObjects;
  readonly #known = new Map<string, Known>();
  #epoch = 0;

  constructor(objects: QuotaObjects) {
    this.#objects = objects;
  }

  /** Those of the namespace that limit a resource of this name. */
  of(namespace: string, resource: string): readonly Stored<ResourceQuota>[] {
    return this.#objects.list(namespace).filter(({ status }) => Object.hasOwn(status?.hard ?? {}, resource));
  }

  /** The newest versions; one that is gone is left out. */
  named(namespace: string, names: ReadonlySet<string>): Stored<ResourceQuota>[] {
    return [...names].flatMap((name) => this.#newest(namespace, name)?.quota ?? []);
  }

  /** Reads the quota as it is now. @returns whether there is one. @throws StatusError */
  async renew(namespace: string, name: string): Promise<boolean> {
    const quota = await this.#objects.read({ namespace, name });
    if (quota === undefined) this.#known.delete(keyOf(namespace, name));
    else this.#remember(quota, (this.#epoch += 1));
    return quota !== undefined;
  }

  /** @throws StatusError 409 if it is not the newest version */
  async write(quota: Stored<ResourceQuota>, used: ReadonlyMap<string, Quantity>): Promise<Basis> {
    const { namespace = '', name } = quota.metadata;
    const { epoch } = this.#newest(namespace, name) ?? { epoch: (this.#epoch += 1) };
    const texts = Object.fromEntries([...used].map(([resource, amount]) => [resource, String(amount)]));
    const status = { ...quota.status, used: { ...quota.status?.used, ...texts } };
    this.#remember(await this.#objects.updateStatus({ ...quota, status }), epoch);
    return { namespace, name, epoch };
  }

  /** The newest version, if nobody else has written it since. */
  since({ namespace, name, epoch }: Basis): Stored<ResourceQuota> | undefined {
    const newest = this.#newest(namespace, name);
    return newest?.epoch === epoch ? newest.quota : undefined;
  }

  #newest(namespace: string, name: string): Known | undefined {
    const seen = this.#objects.get(namespace, name);
    const known = this.#known.get(keyOf(namespace, name));
    if (seen === undefined) {
      this.#known.delete(keyOf(namespace, name));
      return undefined;
    }
    if (known !== undefined && known.quota.metadata.uid === seen.metadata.uid && !isNewer(seen, known.quota))
      return known;
    return this.#remember(seen, (this.#epoch += 1));
  }

  #remember(quota: Stored<ResourceQuota>, epoch: number): Known {
    const key = keyOf(quota.metadata.namespace ?? '', quota.metadata.name);
    if (this.#known.size >= maxKnown && !this.#known.has(key)) this.#known.clear();
    const known = { quota, epoch };
    this.#known.set(key, known);
    return known;
  }
}

const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`;

/** Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions (they can be compared from 1.35 on) */
function isNewer(one: Stored<ResourceQuota>, other: Stored<ResourceQuota>): boolean {
  const [a, b] = [one.metadata.resourceVersion, other.metadata.resourceVersion];
  return a.length === b.length ? a > b : a.length > b.length;
}
