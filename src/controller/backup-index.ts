/** Which backups and clusters have to do with each other: in memory, kept by their changes. */
import { isBeingRestoredFrom } from '../apis/kubedirector/restore-from.ts';
import type { KubeDirectorBackup, KubeDirectorCluster } from '../apis/kubedirector/types.ts';
import type { Lister, ObjectChange } from '../clients/contract.ts';
import type { Stored } from '../meta/object.ts';
import { keyOf, keyOfObject } from './keys.ts';
import { freezes, isUnfinished } from './plan/backups/plan.ts';

/** Keys are "namespace/name". */
export interface BackupIndex {
  /** Follows all changes until the returned function is called. `onChange` listeners added after that see it up to date. */
  start(): () => void;
  /** Backups of a cluster that have something to do, schedules left out. */
  unfinished(cluster: string): readonly Stored<KubeDirectorBackup>[];
  /** The one for which the cluster's applications are to be frozen. */
  freezing(cluster: string): Stored<KubeDirectorBackup> | undefined;
  /** Clusters that name a backup which their volumes are being made of. */
  restoring(backup: string): readonly string[];
}

interface Sources {
  readonly clusters: Pick<Lister<KubeDirectorCluster>, 'onChange' | 'list' | 'synced'>;
  readonly backups: Pick<Lister<KubeDirectorBackup>, 'onChange' | 'get' | 'list' | 'synced'>;
}

/** An index that is empty. */
export function createBackupIndex({ clusters, backups }: Sources): BackupIndex {
  const ofCluster = new Pairs();
  const ofBackup = new Pairs();
  const none: ReadonlySet<string> = new Set();

  const backupChanged = ({ object, old }: ObjectChange<KubeDirectorBackup>): void => {
    const backup = object ?? old;
    if (backup === undefined) return;
    const { namespace = '' } = backup.metadata;
    const isOpen = object?.spec.schedule === undefined && object !== undefined && isUnfinished(object);
    ofCluster.set(keyOfObject(backup), isOpen ? keyOf({ namespace, name: object.spec.cluster }) : undefined);
  };
  const clusterChanged = ({ object, old }: ObjectChange<KubeDirectorCluster>): void => {
    const cluster = object ?? old;
    if (cluster === undefined) return;
    const name = object?.spec.restoreFrom?.backup;
    const isOpen = name !== undefined && object !== undefined && isBeingRestoredFrom(object, name);
    const { namespace = '' } = cluster.metadata;
    ofBackup.set(keyOfObject(cluster), isOpen ? keyOf({ namespace, name }) : undefined);
  };
  const unfinished = (cluster: string): readonly Stored<KubeDirectorBackup>[] =>
    [...(ofCluster.of(cluster) ?? none)].flatMap((key) => {
      const at = key.indexOf('/');
      return backups.get(key.slice(0, at), key.slice(at + 1)) ?? [];
    });

  return {
    start() {
      const ends = [backups.onChange(backupChanged), clusters.onChange(clusterChanged)];
      // Those that have not synced tell of their objects themselves, one by one.
      if (backups.synced()) for (const object of backups.list()) backupChanged({ object });
      if (clusters.synced()) for (const object of clusters.list()) clusterChanged({ object });
      return () => {
        for (const end of ends) end();
      };
    },
    unfinished,
    freezing: (cluster) => unfinished(cluster).find(freezes),
    restoring: (backup) => [...(ofBackup.of(backup) ?? none)],
  };
}

/** What belongs to what: each member to at most one. */
class Pairs {
  readonly #groups = new Map<string, Set<string>>();
  readonly #known = new Map<string, string>();

  of(group: string): ReadonlySet<string> | undefined {
    return this.#groups.get(group);
  }

  set(member: string, group: string | undefined): void {
    const before = this.#known.get(member);
    if (before === group) return;
    if (before !== undefined) {
      const members = this.#groups.get(before);
      members?.delete(member);
      if (members?.size === 0) this.#groups.delete(before);
    }
    if (group === undefined) {
      this.#known.delete(member);
      return;
    }
    this.#known.set(member, group);
    this.#groups.set(group, (this.#groups.get(group) ?? new Set()).add(member));
  }
}
