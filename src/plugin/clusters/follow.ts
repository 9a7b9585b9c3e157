/** Clusters as they change. */
import { setTimeout } from 'node:timers/promises';
import type { KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import { isJsonObject } from '../../meta/json.ts';
import type { KubeList } from '../../meta/object.ts';
import type { connect } from './api-client.ts';
import { linesOf } from './lines.ts';
import { namespacePath } from './read-commands.ts';

/** All clusters asked about, by name, in the order of names. */
type Clusters = ReadonlyMap<string, KubeDirectorCluster>;

/** What a watch sends. */
interface WatchEvent {
  readonly type: string;
  readonly object: KubeDirectorCluster;
}

/** Where clusters are read, and what ends it. */
interface Source {
  readonly client: Pick<ReturnType<typeof connect>, 'namespace' | 'get' | 'open'>;
  /** All clusters of the namespace without it. */
  readonly name: string | undefined;
  readonly signal: AbortSignal;
  /** Between a watch that has ended and the next list. */
  readonly pause?: (signal: AbortSignal) => Promise<unknown>;
}

const oneSecond = (signal: AbortSignal): Promise<unknown> => setTimeout(1000, undefined, { signal });

/**
 * The clusters at once and after each change. Lists and watches, and lists again where the watch ends or breaks, or the
 * server has forgotten the version.
 *
 * @throws StatusError where the server refuses; Error where it can't be reached, and for the signal
 */
export async function* followClusters({ client, name, signal, pause = oneSecond }: Source): AsyncGenerator<Clusters> {
  const field = name === undefined ? '' : `fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`;
  const path = `${namespacePath(client.namespace)}/kubedirectorclusters?${field}`;
  for (;;) {
    const { items, metadata } = await client.get<KubeList<KubeDirectorCluster>>(path, signal);
    const clusters = new Map(items.map((item) => [item.metadata.name ?? '', item]));
    yield clusters;
    const from = encodeURIComponent(metadata.resourceVersion ?? '');
    const watch = await client.open(`${path}&watch=true&resourceVersion=${from}`, signal);
    for await (const { type, object } of eventsOf(watch)) {
      const key = object.metadata.name ?? '';
      if (type === 'DELETED') clusters.delete(key);
      else clusters.set(key, object);
      yield new Map([...clusters].sort(([one], [other]) => (one < other ? -1 : 1)));
    }
    signal.throwIfAborted();
    await pause(signal);
  }
}

/** Ends with the watch, also where it breaks or is an ERROR: then the version is too old. */
async function* eventsOf(watch: AsyncIterable<Buffer>): AsyncGenerator<WatchEvent> {
  try {
    for await (const line of linesOf(watch)) {
      const event = eventOf(line);
      if (event === undefined) return;
      yield event;
    }
  } catch {
    // The next list says what is wrong.
  }
}

/** A decoding border: what the server sends in a watch of clusters is what it says. */
function eventOf(line: string): WatchEvent | undefined {
  const event: unknown = JSON.parse(line);
  if (!isJsonObject(event) || event['type'] === 'ERROR') return undefined;
  return event as unknown as WatchEvent;
}
