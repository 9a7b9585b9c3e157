/** Requests about one object at a time. */
import type { Writer } from '../contract.ts';
import type { KubeObject, NamespacedName, Stored } from '../../meta/object.ts';
import { isReason } from '../../meta/status.ts';
import { stripObject } from './list-watch.ts';
import { collectionPath, isPathSegment, objectPath, type ApiResource } from './resources.ts';
import type { ApiRequest, ApiTransport } from './transport.ts';

/** Whom managed fields name for what this program writes. */
const fieldManager = 'kubedirector';

/** Reads and writes single objects of one resource at kube-apiserver. */
export interface ObjectClient<T extends KubeObject> extends Omit<Writer<T>, 'patch'> {
  /** Current, not from a cache; undefined where there is no such object. */
  read(target: NamespacedName): Promise<Stored<T> | undefined>;
  patch(target: NamespacedName, mergePatch: object): Promise<Stored<T>>;
  /** Server-side apply. */
  apply(target: NamespacedName, configuration: object, options: { force: boolean }): Promise<Stored<T>>;
}

/** Objects come back without managedFields. */
export function createObjectClient<T extends KubeObject>(
  transport: Pick<ApiTransport, 'request'>,
  resource: ApiResource,
): ObjectClient<T> {
  async function send(request: ApiRequest): Promise<Stored<T>> {
    const object = await transport.request<Stored<T>>(request);
    stripObject(object);
    return object;
  }
  const query = { fieldManager };
  return {
    async read(target) {
      // Nothing can have such a name.
      if (!isPathSegment(target.name) || !isPathSegment(target.namespace || 'none')) return undefined;
      try {
        return await send({ method: 'GET', path: objectPath(resource, target) });
      } catch (error) {
        if (isReason(error, 'NotFound')) return undefined;
        throw error;
      }
    },
    create(object) {
      const path = collectionPath(resource, object.metadata.namespace ?? '');
      return send({ method: 'POST', path, query, body: object });
    },
    update(object, subresource) {
      const { namespace = '', name } = object.metadata;
      const path = objectPath(resource, { namespace, name }) + (subresource === undefined ? '' : `/${subresource}`);
      return send({ method: 'PUT', path, query, body: object });
    },
    patch(target, mergePatch) {
      const contentType = 'application/merge-patch+json';
      return send({ method: 'PATCH', path: objectPath(resource, target), query, body: mergePatch, contentType });
    },
    apply(target, configuration, { force }) {
      return send({
        method: 'PATCH',
        path: objectPath(resource, target),
        query: force ? { ...query, force: 'true' } : query,
        body: configuration,
        // JSON is YAML.
        contentType: 'application/apply-patch+yaml',
      });
    },
    async delete(target, { uid, propagation } = {}) {
      const body = {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        ...(uid === undefined ? {} : { preconditions: { uid } }),
        ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
      };
      try {
        await transport.request({ method: 'DELETE', path: objectPath(resource, target), body });
      } catch (error) {
        // A namesake with another uid means that the one meant is gone already.
        const isGone = isReason(error, 'NotFound') || (uid !== undefined && isReason(error, 'Conflict'));
        if (!isGone) throw error;
      }
    },
  };
}
