/**
 * The kinds of kubedirector.hpe.com/v1beta1, as openapi/kubedirector describes them, with the metadata that every
 * stored object has.
 */
import type { KubeObject, ObjectMeta } from '../../meta/object.ts';
import type { components } from './types.gen.ts';

type Schemas = components['schemas'];
type Named<Name extends string> = `com.hpe.kubedirector.v1beta1.${Name}` & keyof Schemas;

/** The API group of all kinds of this program. */
export const group = 'kubedirector.hpe.com';
/** The version of the group that is served and stored. */
export const version = 'v1beta1';
/** Group and version as objects carry them. */
export const apiVersion = 'kubedirector.hpe.com/v1beta1';

type Kind<Name extends string> = Omit<Schemas[Named<Name>], 'apiVersion' | 'kind' | 'metadata'> &
  KubeObject & { apiVersion: typeof apiVersion; kind: Name; metadata: ObjectMeta };

/** A recipe for clusters: roles, services, images and set-up packages. */
export type KubeDirectorApp = Kind<'KubeDirectorApp'>;
/** A running instance of an app. */
export type KubeDirectorCluster = Kind<'KubeDirectorCluster'>;
/** Settings of the whole installation. */
export type KubeDirectorConfig = Kind<'KubeDirectorConfig'>;
/** A copy of a cluster's status, from which a restored cluster gets its status back. */
export type KubeDirectorStatusBackup = Kind<'KubeDirectorStatusBackup'>;
/** A copy of the volumes of a cluster, or a schedule of such. */
export type KubeDirectorBackup = Kind<'KubeDirectorBackup'>;
/** A computed view of one role of a cluster, which can be scaled. */
export type KubeDirectorRole = Kind<'KubeDirectorRole'>;
/** A computed view of one service of one member of a cluster, and where it can be reached. */
export type KubeDirectorEndpoint = Kind<'KubeDirectorEndpoint'>;
/** The endpoints of one cluster, as the subresource of a cluster shows them. */
export type ClusterEndpoints = Kind<'ClusterEndpoints'>;
/** What an update of a cluster would do, as the plan subresource of a cluster answers. */
export type ClusterPlan = Kind<'ClusterPlan'>;
/** One thing that an update of a cluster does to members. */
export type PlannedChange = Schemas[Named<'PlannedChange'>];
/** What is sent to a cluster's restart subresource. */
export type RestartOptions = Kind<'RestartOptions'>;

/** The desired state of a KubeDirectorApp. */
export type AppSpec = Schemas[Named<'AppSpec'>];
/** A role that an app defines. */
export type AppRole = Schemas[Named<'AppRole'>];
/** A service that members of a role may run. */
export type AppService = Schemas[Named<'AppService'>];
/** Where a service is reached: port, URL scheme, path. */
export type ServiceEndpoint = Schemas[Named<'ServiceEndpoint'>];
/** Where the set-up package of an app or a role comes from. */
export type ConfigPackage = Schemas[Named<'ConfigPackage'>];

/** The desired state of a KubeDirectorCluster. */
export type ClusterSpec = Schemas[Named<'ClusterSpec'>];
/** A role of a cluster, with the number of its members. */
export type ClusterRole = Schemas[Named<'ClusterRole'>];
/** A Secret that is mounted into every member of a role. */
export type SecretMount = Schemas[Named<'SecretMount'>];
/** How changes reach members that run. */
export type UpdateStrategy = Schemas[Named<'UpdateStrategy'>];
/** How many members of a role may be out of service because of voluntary disruptions. */
export type RoleDisruptionBudget = Schemas[Named<'RoleDisruptionBudget'>];
/** A confidential value of a role, encrypted or in a Secret. */
export type SecretKey = Schemas[Named<'SecretKey'>];
/** Size and class of the volume that each member of a role gets. */
export type RoleStorage = Schemas[Named<'RoleStorage'>];
/** A file that is downloaded into each member of a role. */
export type FileInjection = Schemas[Named<'FileInjection'>];
/** An existing volume claim that is mounted into each member of a role. */
export type VolumeProjection = Schemas[Named<'VolumeProjection'>];
/** Where the app of a cluster is looked up: its own namespace, or the system's. */
export type AppCatalog = NonNullable<ClusterSpec['appCatalog']>;

/** What the controller last saw of a cluster. */
export type ClusterStatus = Schemas[Named<'ClusterStatus'>];
/** The state of a cluster as a whole. */
export type ClusterState = Schemas[Named<'ClusterState'>];
/** The state of one role. */
export type RoleState = Schemas[Named<'RoleState'>];
/** The part of a spec that an update has changed, as it was before. */
export type BeforeUpdate = Schemas[Named<'BeforeUpdate'>];
/** An update that has failed and is taken back. */
export type AutoRevertStatus = Schemas[Named<'AutoRevertStatus'>];
/** The way of a cluster from one app to the next. */
export type UpgradeInfo = Schemas[Named<'UpgradeInfo'>];
/** What the controller last saw of one role. */
export type RoleStatus = Schemas[Named<'RoleStatus'>];
/** What the controller last saw of one member. */
export type MemberStatus = Schemas[Named<'MemberStatus'>];
/** Where a member's Service answers from outside the cluster. */
export type ExternalAccess = Schemas[Named<'ExternalAccess'>];
/** The state of one member. */
export type MemberState = Schemas[Named<'MemberState'>];
/** Which states occur among the members of a cluster. */
export type MemberStateRollup = Schemas[Named<'MemberStateRollup'>];
/** The state of the container of a member. */
export type ContainerState = Schemas[Named<'ContainerState'>];
/** One call of a member's set-up package. */
export type NotifyCommand = Schemas[Named<'NotifyCommand'>];
/** How far the restore of a cluster has come. */
export type RestoreProgress = Schemas[Named<'RestoreProgress'>];
/** One condition of a cluster's status, as in metav1.Condition. */
export type Condition = NonNullable<ClusterStatus['conditions']>[number];

/** What a KubeDirectorBackup is to copy, and when. */
export type BackupSpec = Schemas[Named<'BackupSpec'>];
/** How far a KubeDirectorBackup is. */
export type BackupStatus = Schemas[Named<'BackupStatus'>];
/** The parts of a backup's life. */
export type BackupPhase = Schemas[Named<'BackupPhase'>];
/** A member whose volumes are in a backup. */
export type BackupMember = Schemas[Named<'BackupMember'>];
/** One volume in a backup. */
export type BackupVolume = Schemas[Named<'BackupVolume'>];

/** The desired state of a KubeDirectorConfig. */
export type ConfigSpec = Schemas[Named<'ConfigSpec'>];
/** Whether the settings are in use, and what is left of earlier ones. */
export type ConfigStatus = Schemas[Named<'ConfigStatus'>];

/** One endpoint as the cluster's endpoints subresource lists it. */
export type ClusterEndpoint = Schemas[Named<'ClusterEndpoint'>];
