/**
 * ConfigMaps and Secrets that clusters are connected to: one watch each, however many clusters name it, from the first
 * that does until the last no longer does.
 */
import type { ConfigMap, Secret } from '../../apis/kubernetes/types.ts';
import type { NamedReader } from '../../clients/contract.ts';
import type { KubeObject, Stored } from '../../meta/object.ts';
import { keyOf, parseKey } from '../keys.ts';

interface Watched<T extends KubeObject> {
  readonly users: Set<string>;
  readonly stop: () => void;
  /** Resolves when the object, or its absence, is known. */
  readonly known: Promise<void>;
  object: Stored<T> | undefined;
  /** By the watch: a read that answers later is older news. */
  isTold: boolean;
}

/** The ConfigMaps and Secrets that clusters are connected to, watched one by one. */
export interface ConnectionWatches {
  /**
   * Says that this cluster now names exactly these objects of its namespace, and waits until each has been looked at
   * once. Calls back (onChange) when one changes afterwards.
   */
  follow(cluster: string, names: { configMaps: readonly string[]; secrets: readonly string[] }): Promise<void>;
  configMaps(namespace: string, names: readonly string[]): readonly Stored<ConfigMap>[];
  secrets(namespace: string, names: readonly string[]): readonly Stored<Secret>[];
  unfollow(cluster: string): void;
  stop(): void;
}

interface ConnectionWatchesOptions {
  readonly configMaps: NamedReader<ConfigMap>;
  readonly secrets: NamedReader<Secret>;
  readonly onChange: (cluster: string) => void;
}

/** Watches nothing until a cluster names an object. */
export function createConnectionWatches(options: ConnectionWatchesOptions): ConnectionWatches {
  const configMaps = createFollower(options.configMaps, options.onChange);
  const secrets = createFollower(options.secrets, options.onChange);
  return {
    async follow(cluster, names) {
      await Promise.all([configMaps.follow(cluster, names.configMaps), secrets.follow(cluster, names.secrets)]);
    },
    configMaps: configMaps.existing,
    secrets: secrets.existing,
    unfollow(cluster) {
      configMaps.unfollow(cluster);
      secrets.unfollow(cluster);
    },
    stop() {
      configMaps.stop();
      secrets.stop();
    },
  };
}

function watch<T extends KubeObject>(
  reader: NamedReader<T>,
  key: string,
  onChange: (cluster: string) => void,
): Watched<T> {
  const target = parseKey(key);
  const entry: Watched<T> = {
    users: new Set(),
    object: undefined,
    isTold: false,
    stop: reader.watchOne(target, (object) => {
      entry.object = object;
      entry.isTold = true;
      for (const cluster of entry.users) onChange(cluster);
    }),
    known: reader.read(target).then((object) => {
      if (!entry.isTold) entry.object = object;
    }),
  };
  return entry;
}

function createFollower<T extends KubeObject>(reader: NamedReader<T>, onChange: (cluster: string) => void) {
  const watched = new Map<string, Watched<T>>();
  const followed = new Map<string, ReadonlySet<string>>();

  function release(cluster: string, key: string): void {
    const entry = watched.get(key);
    entry?.users.delete(cluster);
    if (entry?.users.size !== 0) return;
    entry.stop();
    watched.delete(key);
  }

  async function follow(cluster: string, names: readonly string[]): Promise<void> {
    const { namespace } = parseKey(cluster);
    const wanted = new Set(names.map((name) => keyOf({ namespace, name })));
    for (const key of followed.get(cluster) ?? []) if (!wanted.has(key)) release(cluster, key);
    if (wanted.size === 0) followed.delete(cluster);
    else followed.set(cluster, wanted);
    const entries = [...wanted].map((key) => {
      const entry = watched.get(key) ?? watch(reader, key, onChange);
      watched.set(key, entry);
      entry.users.add(cluster);
      return entry;
    });
    try {
      await Promise.all(entries.map(({ known }) => known));
    } catch (error) {
      for (const key of wanted) release(cluster, key);
      followed.delete(cluster);
      throw new Error(`could not read what ${cluster} is connected to`, { cause: error });
    }
  }

  return {
    follow,
    existing: (namespace: string, names: readonly string[]) =>
      names.flatMap((name) => watched.get(keyOf({ namespace, name }))?.object ?? []),
    unfollow(cluster: string) {
      for (const key of followed.get(cluster) ?? []) release(cluster, key);
      followed.delete(cluster);
    },
    stop() {
      for (const { stop } of watched.values()) stop();
      watched.clear();
      followed.clear();
    },
  };
}
