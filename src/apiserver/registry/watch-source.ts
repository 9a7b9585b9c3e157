/** Where a watch's events come from: its start as requested, then the changes. */
import type { KubeObject } from '../../meta/object.ts';
import { parseResourceVersion } from '../../meta/revision.ts';
import { StatusError, type Status } from '../../meta/status.ts';
import type { Revision } from '../../storage/contract.ts';
import type { RequestInfo } from '../exchange.ts';
import type { Selection, WatchSubscription } from '../watchcache/contract.ts';
import type { ResourceRegistry } from './contract.ts';
import { parseListOptions, type ListOptions } from './list-options.ts';
import { candidates, type Candidates } from './select.ts';

/** A watch that can be served. */
export interface WatchSource<T extends KubeObject> {
  readonly options: ListOptions;
  /** Matching objects are sent as ADDED first; absent: the watch starts with changes. */
  readonly initial: Candidates<T> | undefined;
  readonly subscription: WatchSubscription<T>;
  /** The revision that the cache shows now. */
  readonly shown: () => Revision;
}

interface FailedWatch {
  readonly options: ListOptions;
  /** The only event of the watch. A version that cannot be served is reported in the stream, not by the status code. */
  readonly error: Status;
}

/** Opens a watch; close its subscription if it is not used. @throws StatusError 400 and 422 for bad options */
export async function openWatch<T extends KubeObject>(
  info: RequestInfo,
  registry: ResourceRegistry<T>,
): Promise<WatchSource<T> | FailedWatch> {
  const { definition, cache } = registry;
  const options = parseListOptions(info, definition, 'watch');
  const { resourceVersion, sendInitialEvents, labels, fields } = options;
  const revision = resourceVersion === '' ? undefined : parseResourceVersion(resourceVersion);
  const selection: Selection = {
    // The path of a watched namespace has its name both as namespace and as name.
    ...(info.namespace === '' || !definition.namespaced ? {} : { namespace: info.namespace }),
    ...(labels ? { labels } : {}),
    ...(fields ? { fields } : {}),
  };
  const shown = (): Revision => cache.revision();
  try {
    if (revision === undefined) await cache.current();
    if (sendInitialEvents !== true) {
      const after = revision === undefined || revision === 0 ? cache.revision() : revision;
      return { options, shown, initial: undefined, subscription: cache.watch({ ...selection, after }) };
    }
    if (revision !== undefined) await cache.waitFor(revision);
    // Both in one turn, so that no change falls between them.
    const { revision: after, ...initial } = candidates(registry, selection);
    return { options, shown, initial, subscription: cache.watch({ ...selection, after }) };
  } catch (error) {
    if (error instanceof StatusError && (error.code === 410 || error.code === 504)) {
      return { options, error: error.status };
    }
    throw error;
  }
}
