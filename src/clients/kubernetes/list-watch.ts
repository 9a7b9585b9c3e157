/** Reading a whole resource, or a selection of it, and following its changes. */
import type { Node } from '../../apis/kubernetes/types.ts';
import type { KubeList, KubeObject, Stored } from '../../meta/object.ts';
import { apiVersionString } from '../../meta/object.ts';
import { StatusError } from '../../meta/status.ts';
import { collectionPath, type ApiResource } from './resources.ts';
import { isExpired, isStatus, statusErrorOf } from './response-error.ts';
import type { ApiTransport } from './transport.ts';

/** All objects of a selection at one resourceVersion. */
export interface Listing<T extends KubeObject> {
  readonly objects: readonly Stored<T>[];
  readonly resourceVersion: string;
}

/** A change of one object, or a bookmark: nothing of the selection changed up to this resourceVersion. */
export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Stored<T>; readonly resourceVersion: string }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/** Lists a selection of objects, and watches it. */
export interface ListWatch<T extends KubeObject> {
  /**
   * Everything, at least as new as `notOlderThan`: '0' is whatever the server has at hand, '' the newest there is.
   * @throws StatusError
   */
  list(notOlderThan: string, signal: AbortSignal): Promise<Listing<T>>;
  /**
   * What changes after that version, until the server ends it, which it is asked to do after so many seconds.
   * @param opened called once the server has agreed to it
   * @throws StatusError, also for an ERROR event; Expired (410) where that version is no longer known
   */
  watch(after: string, timeoutSeconds: number, signal: AbortSignal, opened: () => void): AsyncIterable<WatchEvent<T>>;
}

/** Which objects of a resource are listed and watched. */
export interface Selection {
  /** All namespaces where absent. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

const pageSize = 500;
const pageTimeoutMs = 60_000;

/** Lists in pages. Objects come without the parts that `strip` removes. */
export function createListWatch<T extends KubeObject>(
  transport: ApiTransport,
  resource: ApiResource,
  { namespace = '', ...selectors }: Selection = {},
  strip: Strip<T> = stripObject,
): ListWatch<T> {
  const path = collectionPath(resource, namespace);
  const type = { apiVersion: apiVersionString(resource), kind: resource.kind };

  async function page(query: Record<string, string>, signal: AbortSignal): Promise<KubeList<Stored<T>>> {
    return transport.request({
      method: 'GET',
      path,
      query: { ...selectors, ...query },
      timeoutMs: pageTimeoutMs,
      signal,
    });
  }

  async function pages(query: Record<string, string>, signal: AbortSignal): Promise<Listing<T>> {
    const objects: Stored<T>[] = [];
    let list = await page(query, signal);
    for (;;) {
      // Objects in lists come without their type.
      for (const item of list.items) objects.push(kept({ ...type, ...item }, strip));
      const { continue: token, resourceVersion = '' } = list.metadata;
      if (!token) return { objects, resourceVersion };
      list = await page({ limit: String(pageSize), continue: token }, signal);
    }
  }

  return {
    async list(notOlderThan, signal) {
      const version: Record<string, string> = notOlderThan === '' ? {} : { resourceVersion: notOlderThan };
      try {
        // A version and a limit together would go past the server's cache.
        const isExact = notOlderThan !== '' && notOlderThan !== '0';
        return await pages(isExact ? version : { ...version, limit: String(pageSize) }, signal);
      } catch (error) {
        // Also a listing that took longer than its pages are kept for.
        if (!isExpired(error) && !isBeyondNewest(error)) throw error;
        return pages({}, signal);
      }
    },
    async *watch(after, timeoutSeconds, signal, opened) {
      const query = {
        ...selectors,
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion: after,
        timeoutSeconds: String(timeoutSeconds),
      };
      const stream = transport.stream({ method: 'GET', path, query, signal, opened });
      for await (const sent of stream) yield decodeEvent(sent, strip);
    },
  };
}

/** The server has not come to this version, or never will: it was restored from a backup. */
export function isBeyondNewest(error: unknown): boolean {
  if (!(error instanceof StatusError) || error.reason !== 'Timeout') return false;
  return error.status.details?.causes?.some(({ reason }) => reason === 'ResourceVersionTooLarge') ?? false;
}

function kept<T extends KubeObject>(object: Stored<T>, strip: Strip<T>): Stored<T> {
  strip(object);
  return object;
}

/** A decoding border. Source: k8s.io/apimachinery/pkg/apis/meta/v1 WatchEvent */
function decodeEvent<T extends KubeObject>(sent: unknown, strip: Strip<T>): WatchEvent<T> {
  const { type, object } = sent as { type: string; object: Stored<T> };
  if (type === 'ERROR') {
    throw isStatus(object) ? statusErrorOf(object, 500) : new StatusError(500, 'InternalError', 'the watch failed');
  }
  const { resourceVersion } = object.metadata;
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, resourceVersion, object: kept(object, strip) };
    case 'BOOKMARK':
      return { type, resourceVersion };
    default:
      throw new StatusError(500, 'InternalError', `the watch sent an event of unknown type ${JSON.stringify(type)}`);
  }
}

/** Removes from an object what nothing here reads. It changes the object, which has no other user yet. */
export type Strip<T extends KubeObject> = (object: Stored<T>) => void;

/** Removes managedFields, which are often larger than all the rest. */
export function stripObject(object: KubeObject): void {
  delete object.metadata.managedFields;
}

/** Also removes the list of pulled images, which is most of a node's size. */
export function stripNode(node: Node): void {
  stripObject(node);
  delete node.status?.images;
}
