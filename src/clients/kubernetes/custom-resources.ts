/** What kube-apiserver itself stores of a group, by CustomResourceDefinitions. */
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import { isReason } from '../../meta/status.ts';
import { collectionPath, objectPath, resources } from './resources.ts';
import type { ApiTransport } from './transport.ts';

/** A resource that a CustomResourceDefinition may define. */
interface CustomResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** All objects of one resource, at one revision of kube-apiserver. */
interface CustomResourceList {
  readonly objects: readonly JsonObject[];
  /** The resourceVersion of the state that they show; '' if there is no such resource. */
  readonly resourceVersion: string;
}

const pageSize = '500';

/**
 * All objects in all namespaces; none where there is no such resource.
 * @throws StatusError
 */
export async function listCustomResources(
  transport: Pick<ApiTransport, 'request'>,
  resource: CustomResource,
): Promise<CustomResourceList> {
  const objects: JsonObject[] = [];
  let next = '';
  for (;;) {
    const query = { limit: pageSize, ...(next === '' ? {} : { continue: next }) };
    const page = await found(
      transport.request<JsonObject>({ method: 'GET', path: collectionPath(resource, ''), query }),
    );
    if (page === undefined) return { objects: [], resourceVersion: '' };
    const { kind, items, metadata } = page;
    if (!Array.isArray(items) || !isJsonObject(metadata))
      throw new Error(`kube-apiserver gave no list of ${resource.resource}`);
    // Items of a list say neither what they are.
    const type = { apiVersion: `${resource.group}/${resource.version}`, kind: String(kind).replace(/List$/, '') };
    for (const item of items.filter(isJsonObject)) objects.push({ ...type, ...item });
    next = typeof metadata['continue'] === 'string' ? metadata['continue'] : '';
    const { resourceVersion } = metadata;
    if (next === '') return { objects, resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '' };
  }
}

/** Whether the group is served by another API server, and not from CustomResourceDefinitions. @throws StatusError */
export async function isAggregated(
  transport: Pick<ApiTransport, 'request'>,
  { group, version }: Pick<CustomResource, 'group' | 'version'>,
): Promise<boolean> {
  const path = objectPath(resources.apiServices, { namespace: '', name: `${version}.${group}` });
  const service = await found(transport.request<JsonObject>({ method: 'GET', path }));
  return isJsonObject(service?.['spec']) && isJsonObject(service['spec']['service']);
}

async function found<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  }
}
