/** Which changes make which clusters worth looking at again. */
import type { KubeDirectorBackup, KubeDirectorCluster } from '../apis/kubedirector/types.ts';
import type { PodDisruptionBudget } from '../apis/kubernetes/types.ts';
import { clusterLabel } from '../apis/kubedirector/well-known.ts';
import type { Lister, ObjectChange } from '../clients/contract.ts';
import { deepEqual } from '../meta/json.ts';
import type { KubeObject, ObjectMeta } from '../meta/object.ts';
import type { BackupIndex } from './backup-index.ts';
import type { ControllerOptions } from './clients.ts';
import { keyOf, keyOfObject, parseKey } from './keys.ts';
import { concernsPlan } from './relevant-change.ts';

type TriggerOptions = Pick<
  ControllerOptions,
  'clusters' | 'apps' | 'backups' | 'configs' | 'native' | 'statusBackups' | 'systemNamespace'
> & {
  /** Tells of other addresses of nodes. */
  readonly nodeAddresses: { onChange(listener: () => void): () => void };
  readonly index: Pick<BackupIndex, 'restoring'>;
};

/** Subscribes to everything; returns what ends it. */
export function subscribe(options: TriggerOptions, add: (cluster: string) => void): () => void {
  const { clusters, apps, configs, native, statusBackups, systemNamespace, nodeAddresses, index } = options;
  const connected = createReverseConnections();

  const ofOwner = ({ object, old }: ObjectChange<KubeObject>): void => {
    const { namespace = '' } = (object ?? old)?.metadata ?? {};
    // Also of the one whose label it had: it is missing there now.
    const names = [object, old].map((one) => one?.metadata.labels?.[clusterLabel]);
    for (const name of new Set(names)) if (name !== undefined) add(keyOf({ namespace, name }));
  };

  /** Of every cluster, its app and namespace: to look at all clusters for a change of one app would cost too much. */
  const uses = new Map<string, { readonly app: string; readonly namespace: string | undefined }>();

  const ofCluster = ({ object, old }: ObjectChange<KubeDirectorCluster>): void => {
    const changed = object ?? old;
    if (changed === undefined) return;
    const key = keyOfObject(changed);
    connected.follow(key, object);
    if (object === undefined) uses.delete(key);
    else if (uses.get(key)?.app !== object.spec.app) {
      uses.set(key, { app: object.spec.app, namespace: object.metadata.namespace });
    }
    if (!concernsPlan({ object, old })) return;
    add(key);
    const followers = connected.followersOf(key);
    if (followers.size === 0 || (object !== undefined && deepEqual(object.status, old?.status))) return;
    for (const follower of followers) add(follower);
  };

  const ofApp = (change: ObjectChange<KubeObject>): void => {
    // At the start there are apps, and no clusters yet: nothing needs to be parsed.
    if (uses.size === 0) return;
    const { namespace, name } = (change.object ?? change.old)?.metadata ?? {};
    const sees = (other: string | undefined) => other === namespace || namespace === systemNamespace;
    for (const [key, cluster] of uses) if (cluster.app === name && sees(cluster.namespace)) add(key);
  };

  const ofStatusBackup = ({ object, old }: ObjectChange<KubeObject>): void => {
    const backup = object ?? old;
    if (backup !== undefined) add(keyOfObject(backup));
  };

  const ofNamespace = (namespace: string | undefined): void => {
    for (const [key, cluster] of uses) if (cluster.namespace === namespace) add(key);
  };

  const owned: readonly Lister<KubeObject>[] = [
    ...[native.statefulSets, native.services, native.pods, native.persistentVolumeClaims],
  ];
  const ends = [
    clusters.onChange(ofCluster),
    apps.onChange(ofApp),
    configs.onChange(() => {
      for (const key of uses.keys()) add(key);
    }),
    options.backups.onChange(backupTrigger(index, add)),
    statusBackups.onChange(ofStatusBackup),
    nodeAddresses.onChange(() => addThoseWithNodes(clusters, uses.keys(), add)),
    ofBudgets(native.podDisruptionBudgets, ofOwner, ofNamespace),
    ...owned.map((lister) => lister.onChange(ofOwner)),
  ];
  // One that has not synced tells of them itself, one by one: all of them parsed at once would take a lot of memory.
  if (clusters.synced()) for (const object of clusters.list()) ofCluster({ object });
  return () => {
    for (const end of ends) end();
  };
}

/** A user's own concerns all clusters of its namespace: whose pods it selects is for the plan to find out. */
function ofBudgets(
  budgets: Pick<Lister<PodDisruptionBudget>, 'onChange'>,
  ofOwner: (change: ObjectChange<PodDisruptionBudget>) => void,
  ofNamespace: (namespace: string | undefined) => void,
): () => void {
  return budgets.onChange((change) => {
    if (!concernsBudgets(change)) return;
    ofOwner(change);
    const { metadata } = change.object ?? change.old ?? {};
    if (!hasController(metadata)) ofNamespace(metadata?.namespace);
  });
}

/** How many pods may go at the moment changes often, and is for kube-apiserver to know. */
function concernsBudgets({ object, old }: ObjectChange<PodDisruptionBudget>): boolean {
  if (object === undefined || old === undefined) return true;
  const relevant = ({ metadata, status }: PodDisruptionBudget): unknown => {
    const { generation, labels, annotations, ownerReferences, deletionTimestamp, uid } = metadata;
    return [generation, labels, annotations, ownerReferences, deletionTimestamp, uid, status?.observedGeneration];
  };
  return !deepEqual(relevant(object), relevant(old));
}

const hasController = (metadata: ObjectMeta | undefined): boolean =>
  metadata?.ownerReferences?.some(({ controller }) => controller === true) === true;

/** The cluster that a backup is of, and those that are made of it. */
function backupTrigger(index: Pick<BackupIndex, 'restoring'>, add: (cluster: string) => void) {
  return ({ object, old }: ObjectChange<KubeDirectorBackup>): void => {
    const backup = object ?? old;
    if (backup === undefined || (object?.status?.phase === old?.status?.phase && !isGoing(object))) return;
    const { namespace = '' } = backup.metadata;
    add(keyOf({ namespace, name: backup.spec.cluster }));
    for (const cluster of index.restoring(keyOfObject(backup))) add(cluster);
  };
}

const isGoing = (object: KubeObject | undefined): boolean => object?.metadata.deletionTimestamp !== undefined;

/** Whether addresses of nodes are, or should be, part of the status: a Service of node ports may have waited for a node. */
function showsNodes({ spec, status }: KubeDirectorCluster): boolean {
  if (spec.serviceType === 'NodePort') return true;
  return (
    status?.roles?.some(({ members }) => members.some(({ external }) => external?.nodePorts !== undefined)) === true
  );
}

/** One by one: all of them parsed at once would take a lot of memory. */
function addThoseWithNodes(
  clusters: Pick<Lister<KubeDirectorCluster>, 'get'>,
  keys: Iterable<string>,
  add: (cluster: string) => void,
): void {
  for (const key of keys) {
    const { namespace, name } = parseKey(key);
    const cluster = clusters.get(namespace, name);
    if (cluster !== undefined && showsNodes(cluster)) add(key);
  }
}

/** Which clusters name a cluster among their connections. */
function createReverseConnections() {
  const followers = new Map<string, Set<string>>();
  const followed = new Map<string, readonly string[]>();
  const none: ReadonlySet<string> = new Set();
  return {
    follow(key: string, cluster: KubeDirectorCluster | undefined): void {
      const { namespace = '' } = cluster?.metadata ?? {};
      const names = cluster?.spec.connections?.clusters ?? [];
      for (const old of followed.get(key) ?? []) {
        followers.get(old)?.delete(key);
        if (followers.get(old)?.size === 0) followers.delete(old);
      }
      const targets = names.map((name) => keyOf({ namespace, name }));
      for (const target of targets) followers.set(target, (followers.get(target) ?? new Set()).add(key));
      if (targets.length > 0) followed.set(key, targets);
      else followed.delete(key);
    },
    followersOf: (key: string): ReadonlySet<string> => followers.get(key) ?? none,
  };
}
