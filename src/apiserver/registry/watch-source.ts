/** Where a watch's events come from: its beginning, as the request asked for it, and then the changes. */
import type { KubeObject } from '../../meta/object.ts';
import { parseResourceVersion } from '../../meta/revision.ts';
import { StatusError, type Status } from '../../meta/status.ts';
import type { Revision } from '../../storage/contract.ts';
import type { RequestInfo } from '../http/contract.ts';
import type { Selection, WatchSubscription } from '../watchcache/contract.ts';
import type { ResourceRegistry } from './contract.ts';
import { parseListOptions, type ListOptions } from './list-options.ts';
import { candidates, type Candidates } from './select.ts';

export interface WatchSource<T extends KubeObject> {
  readonly options: ListOptions;
  /** Those that match are sent as ADDED before anything else; absent: the watch begins with changes. */
  readonly initial: Candidates<T> | undefined;
  readonly subscription: WatchSubscription<T>;
  /** What the cache shows now. */
  readonly shown: () => Revision;
}

interface FailedWatch {
  readonly options: ListOptions;
  /** The one event of the watch. Versions that cannot be served are told so, not by the status of the answer. */
  readonly error: Status;
}

/** @throws StatusError 400 and 422 for what the query asks */
export async function openWatch<T extends KubeObject>(
  info: RequestInfo,
  registry: ResourceRegistry<T>,
): Promise<WatchSource<T> | FailedWatch> {
  const { definition, cache } = registry;
  const options = parseListOptions(info, definition, 'watch');
  const { resourceVersion, sendInitialEvents, labels, fields } = options;
  const revision = resourceVersion === '' ? undefined : parseResourceVersion(resourceVersion);
  const selection: Selection = {
    ...(info.namespace === '' ? {} : { namespace: info.namespace }),
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
