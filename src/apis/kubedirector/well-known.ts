/** Names that clients, native objects and this program agree on. */

/** Labels of native objects, and of the computed views. */
export const clusterLabel = 'kubedirector.hpe.com/kdcluster';
/** The name of the app. */
export const appLabel = 'kubedirector.hpe.com/kdapp';
/** The catalog of the app: local or system. */
export const appCatalogLabel = 'kubedirector.hpe.com/appCatalog';
/** The ID of the role. */
export const roleLabel = 'kubedirector.hpe.com/role';
/** On the headless Service of a cluster. */
export const headlessLabel = 'kubedirector.hpe.com/headless';
/** The ID of a service of the app. */
export const serviceLabel = 'kubedirector.hpe.com/service';

/** On the pods of a role that was given block devices while it had members: tells the pods of its StatefulSets apart. */
export const devicesLabel = 'kubedirector.hpe.com/devices';

/** Set by Kubernetes on the pods of StatefulSets. */
export const podNameLabel = 'statefulset.kubernetes.io/pod-name';

/** On a KubeDirectorCluster that waits for its backup to be whole again. */
export const restoringLabel = 'kubedirector.hpe.com/restoring';
/** On a KubeDirectorCluster that may be deleted in spite of that. */
export const allowDeleteWhileRestoringLabel = 'kubedirector.hpe.com/allow-delete-while-restoring';
/** Velero puts it on all that it restores. Source: https://velero.io/docs/main/restore-reference/ */
export const veleroRestoreLabel = 'velero.io/restore-name';
/** "true" or "false": whether there is a status backup. */
export const statusBackupAnnotation = 'kubedirector.hpe.com/status-backup-exists';
/** On a cluster or an app: the role that the cluster's scale subresource is about. */
export const scaleRoleAnnotation = 'kubedirector.hpe.com/scale-role';

/** On a cluster: the pods, separated by commas, whose members are told nothing of others; `*` for all. */
export const skipNotifyAnnotation = 'kubedirector.hpe.com/skip-notify';

/** On a PersistentVolumeClaim that outlived its member: the headless Service under which its data know the members. */
export const retainedAnnotation = 'kubedirector.hpe.com/retained';

/** On a cluster, "true": the controller leaves it as it is, but for its deletion. */
export const pausedAnnotation = 'kubedirector.hpe.com/paused';
/** On a cluster, "true": it cannot be deleted, unless its namespace goes. */
export const deletionProtectionAnnotation = 'kubedirector.hpe.com/deletion-protection';
/** On a member's pod, by its StatefulSet: which revision of the role it was made of. */
export const revisionAnnotation = 'kubedirector.hpe.com/revision';

/** On clusters and backups: what they made must be deleted first. */
export const cleanupFinalizer = 'kubedirector.hpe.com/cleanup';
/** On an app, or the configuration, that was deleted while clusters use it: it goes when the last of these is gone. */
export const inUseFinalizer = 'kubedirector.hpe.com/in-use';

/** On VolumeSnapshots: the KubeDirectorBackup that they were taken for. */
export const backupLabel = 'kubedirector.hpe.com/kdbackup';
/** On a KubeDirectorBackup: the schedule that has made it. */
export const scheduleLabel = 'kubedirector.hpe.com/kdbackup-schedule';
/** On a KubeDirectorBackup that a schedule has made: when it was due. */
export const scheduledAtAnnotation = 'kubedirector.hpe.com/scheduled-at';

/** The name of the one KubeDirectorConfig. */
export const globalConfigName = 'kd-global-config';

/** A cluster has no more members, all roles together. */
export const maxMembers = 1000;
/** Bytes; for apps that name no limit. */
export const defaultMaxLogSizeDump = 256;
/** How long applications may be frozen for a backup that names no limit. */
export const defaultFreezeSeconds = 120;
