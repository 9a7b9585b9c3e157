/** Clusters as they change. */
import type { KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import { ApiError, type LiveApi } from '../../live/api.ts';
import { LiveList } from '../../live/live-list.ts';
import type { KubeObject } from '../../meta/object.ts';
import { StatusError } from '../../meta/status.ts';
import type { ApiClient } from './api-client.ts';
import { linesOf } from './lines.ts';
import { clustersPath } from './read-commands.ts';

/** Where clusters are read, and what ends it. */
interface Source {
  readonly client: Pick<ApiClient, 'namespace' | 'get' | 'open'>;
  /** All clusters without it. */
  readonly name: string | undefined;
  /** Of all namespaces. */
  readonly allNamespaces?: boolean;
  readonly signal: AbortSignal;
  /** Told once where the server does not answer any more, and is asked again and again. */
  readonly troubled: (problem: string) => void;
  /** Milliseconds; passed in by tests. */
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** Clusters in the order of their names. */
type Clusters = readonly KubeDirectorCluster[];

/**
 * The clusters at once and after each change. A server that is gone for a while is waited for, if it has answered before.
 *
 * @throws StatusError where the server refuses; Error where it can't be reached at the beginning, and for the signal
 */
export async function* followClusters(source: Source): AsyncGenerator<Clusters, undefined> {
  const { signal } = source;
  /** Changes that wait to be looked at. */
  const unseen: (() => void)[] = [];
  let wake = (): void => undefined;
  let isOver = false;
  let hasAnswered = false;
  const refusal = { isFinal: false };
  const list: LiveList<KubeDirectorCluster> = listOf(source, {
    changed: () => {
      hasAnswered ||= list.state === 'live';
      wake();
      return new Promise((seen) => unseen.push(seen));
    },
    isFinal: ({ code }) => {
      refusal.isFinal = !hasAnswered || (code >= 400 && code < 500 && ![408, 410, 429].includes(code));
      return refusal.isFinal;
    },
  });
  const stop = (): void => list.stop();
  signal.addEventListener('abort', stop, { once: true });
  void list.start().then(() => {
    isOver = true;
    wake();
  });
  try {
    let isTold = false;
    while (!isOver) {
      signal.throwIfAborted();
      if (unseen.length === 0) await new Promise<void>((change) => (wake = change));
      if (list.state === 'live' && unseen.length > 0) yield sorted(list.items);
      if (list.state === 'broken' && !isTold && !refusal.isFinal) source.troubled(list.error?.message ?? '');
      isTold = list.state === 'broken';
      unseen.shift()?.();
    }
    signal.throwIfAborted();
    const cause = list.error?.cause;
    throw cause instanceof Error ? cause : (list.error ?? new Error('it was ended'));
  } finally {
    signal.removeEventListener('abort', stop);
    list.stop();
    for (const seen of unseen) seen();
  }
}

function listOf(
  { client, name, allNamespaces = false, pause }: Source,
  events: { readonly changed: () => Promise<void>; readonly isFinal: (error: ApiError) => boolean },
): LiveList<KubeDirectorCluster> {
  return new LiveList<KubeDirectorCluster>({
    api: apiOf(client),
    path: clustersPath(allNamespaces ? undefined : client.namespace),
    ...(name === undefined ? {} : { selectors: { fieldSelector: `metadata.name=${name}` } }),
    // A decoding border: a list of clusters has clusters.
    keep: (object: KubeObject) => object as KubeDirectorCluster,
    ...events,
    ...(pause && { pause }),
  });
}

function apiOf({ get, open }: Source['client']): LiveApi {
  return {
    json: <T>(path: string, { signal }: { readonly signal: AbortSignal }) => get<T>(path, signal).catch(refused),
    async *lines(path, signal) {
      yield* linesOf(await open(path, signal).catch(refused));
    },
  };
}

function refused(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  throw new ApiError(error instanceof StatusError ? error.code : 0, message, { cause: error });
}

function sorted(items: ReadonlyMap<string, KubeDirectorCluster>): Clusters {
  return [...items].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, cluster]) => cluster);
}
