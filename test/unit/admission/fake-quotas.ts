/** ResourceQuotas as kube-apiserver keeps them: writes need the current version, and the view may lag behind. */
import type { ResourceQuota } from '../../../src/apis/kubernetes/types.ts';
import type { QuotaObjects } from '../../../src/clients/contract.ts';
import type { NamespacedName, Stored } from '../../../src/meta/object.ts';
import { conflict, notFound } from '../../../src/meta/status.ts';
import { Shelf } from './fixture.ts';

const resource = { group: '', resource: 'resourcequotas' };

export class FakeQuotas extends Shelf<ResourceQuota> implements QuotaObjects {
  /** What kube-apiserver has; `objects` is what the view shows. */
  readonly current = new Map<string, Stored<ResourceQuota>>();
  /** Whether the view shows what is written. */
  follows = true;
  writes = 0;
  /** Called before each write. */
  before: () => void = () => undefined;
  #version = 9;

  /** Writes as anybody may: without asking for a version. */
  set(name: string, status: NonNullable<ResourceQuota['status']>, spec: ResourceQuota['spec'] = {}): void {
    const metadata = { name, namespace: 'default', uid: `u-${name}`, creationTimestamp: '2026-01-01T00:00:00Z' };
    const made = { apiVersion: 'v1' as const, kind: 'ResourceQuota' as const, metadata, spec, status };
    this.#store({ ...made, metadata: { ...metadata, resourceVersion: '' } });
  }

  used(name: string, resourceName: string): string | undefined {
    return this.current.get(name)?.status?.used?.[resourceName];
  }

  override get = (namespace: string, name: string): Stored<ResourceQuota> | undefined =>
    this.list(namespace).find(({ metadata }) => metadata.name === name);

  override list = (namespace?: string): readonly Stored<ResourceQuota>[] =>
    this.objects.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);

  read = ({ name }: NamespacedName): Promise<Stored<ResourceQuota> | undefined> =>
    Promise.resolve(this.current.get(name));

  updateStatus = async (quota: Stored<ResourceQuota>): Promise<Stored<ResourceQuota>> => {
    await Promise.resolve();
    this.before();
    const { name, resourceVersion } = quota.metadata;
    const current = this.current.get(name);
    if (current === undefined) throw notFound(resource, name);
    if (current.metadata.resourceVersion !== resourceVersion) throw conflict(resource, name, 'it has been modified');
    this.writes += 1;
    return this.#store({ ...current, ...(quota.status === undefined ? {} : { status: quota.status }) });
  };

  #store(quota: Stored<ResourceQuota>): Stored<ResourceQuota> {
    const stored = { ...quota, metadata: { ...quota.metadata, resourceVersion: String((this.#version += 1)) } };
    this.current.set(stored.metadata.name, stored);
    if (this.follows) this.put(...this.current.values());
    return stored;
  }
}
