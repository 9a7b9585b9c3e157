/** Which clusters have values that a former key encrypted. To find out, all values of a cluster are decrypted: it is done once. */
import { hasOutdatedKeys } from '../../apis/kubedirector/secret-key-places.ts';
import type { KeyRing } from '../../apis/kubedirector/secret-keys.ts';
import type { KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import type { CachedObject } from '../../apiserver/watchcache/contract.ts';
import { deepEqual } from '../../meta/json.ts';

type Cluster = CachedObject<KubeDirectorCluster>;

interface Finding {
  readonly uid: string;
  readonly revision: number;
  readonly isOutdated: boolean;
}

/** Remembers what it found about each state of each cluster, as long as the keys are the same. */
export class OutdatedClusters {
  #ring: KeyRing | undefined;
  /** By the key of the cluster in its cache. */
  #findings = new Map<string, Finding>();

  /** Those of all clusters that have a value made with a former key of the ring. */
  among(clusters: readonly Cluster[], ring: KeyRing): readonly Cluster[] {
    const known = deepEqual(ring, this.#ring) ? this.#findings : new Map<string, Finding>();
    const findings = clusters.map((cluster) => [cluster.key, findingOf(cluster, ring, known)] as const);
    this.#ring = ring;
    this.#findings = new Map(findings);
    return clusters.filter((_, index) => findings[index]?.[1].isOutdated === true);
  }

  /** Nothing is kept, above all no keys. */
  forget(): void {
    this.#ring = undefined;
    this.#findings = new Map();
  }
}

function findingOf(cluster: Cluster, ring: KeyRing, known: ReadonlyMap<string, Finding>): Finding {
  const { key, metadata, revision } = cluster;
  const found = known.get(key);
  if (found?.uid === metadata.uid && found.revision === revision) return found;
  return { uid: metadata.uid, revision, isOutdated: hasOutdatedKeys(cluster.object, ring) };
}
