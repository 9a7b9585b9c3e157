/**
 * The kinds of kubedirector.hpe.com/v1beta1, as openapi/kubedirector describes them, with the metadata that every
 * stored object has.
 */
import type { KubeObject, ObjectMeta } from '../../meta/object.ts';
import type { components } from './types.gen.ts';

type Schemas = components['schemas'];
type Named<Name extends string> = `com.hpe.kubedirector.v1beta1.${Name}` & keyof Schemas;

export const group = 'kubedirector.hpe.com';
export const version = 'v1beta1';
export const apiVersion = 'kubedirector.hpe.com/v1beta1';

type Kind<Name extends string> = Omit<Schemas[Named<Name>], 'apiVersion' | 'kind' | 'metadata'> &
  KubeObject & { apiVersion: typeof apiVersion; kind: Name; metadata: ObjectMeta };

export type KubeDirectorApp = Kind<'KubeDirectorApp'>;
export type KubeDirectorCluster = Kind<'KubeDirectorCluster'>;
export type KubeDirectorConfig = Kind<'KubeDirectorConfig'>;
export type KubeDirectorStatusBackup = Kind<'KubeDirectorStatusBackup'>;
export type KubeDirectorRole = Kind<'KubeDirectorRole'>;
export type KubeDirectorEndpoint = Kind<'KubeDirectorEndpoint'>;
export type ClusterEndpoints = Kind<'ClusterEndpoints'>;

export type AppSpec = Schemas[Named<'AppSpec'>];
export type AppRole = Schemas[Named<'AppRole'>];
export type AppService = Schemas[Named<'AppService'>];
export type ServiceEndpoint = Schemas[Named<'ServiceEndpoint'>];
export type ConfigPackage = Schemas[Named<'ConfigPackage'>];

export type ClusterSpec = Schemas[Named<'ClusterSpec'>];
export type ClusterRole = Schemas[Named<'ClusterRole'>];
export type SecretMount = Schemas[Named<'SecretMount'>];
export type SecretKey = Schemas[Named<'SecretKey'>];
export type RoleStorage = Schemas[Named<'RoleStorage'>];
export type FileInjection = Schemas[Named<'FileInjection'>];
export type VolumeProjection = Schemas[Named<'VolumeProjection'>];
export type AppCatalog = NonNullable<ClusterSpec['appCatalog']>;

export type ClusterStatus = Schemas[Named<'ClusterStatus'>];
export type ClusterState = Schemas[Named<'ClusterState'>];
export type RoleState = Schemas[Named<'RoleState'>];
export type RoleStatus = Schemas[Named<'RoleStatus'>];
export type MemberStatus = Schemas[Named<'MemberStatus'>];
export type MemberState = Schemas[Named<'MemberState'>];
export type MemberStateRollup = Schemas[Named<'MemberStateRollup'>];
export type ContainerState = Schemas[Named<'ContainerState'>];
export type NotifyCommand = Schemas[Named<'NotifyCommand'>];
export type RestoreProgress = Schemas[Named<'RestoreProgress'>];
export type Condition = NonNullable<ClusterStatus['conditions']>[number];

export type ConfigSpec = Schemas[Named<'ConfigSpec'>];

/** One endpoint as the cluster's endpoints subresource lists it. */
export type ClusterEndpoint = Schemas[Named<'ClusterEndpoint'>];
