/** Labels, annotations and ownership of the native objects. The global config's own win over the role's. */
import type { ConfigSpec, KubeDirectorApp, KubeDirectorCluster } from '../../../apis/kubedirector/types.ts';
import type { OwnerReference, Stored } from '../../../meta/object.ts';
import {
  appCatalogLabel,
  appLabel,
  clusterLabel,
  headlessLabel,
  roleLabel,
} from '../../../apis/kubedirector/well-known.ts';
import { authTokenAnnotation, prettyNameAnnotation } from '../names.ts';
import type { ResolvedRole } from '../roles.ts';

type Strings = Record<string, string>;

/** What every object of a cluster is made from. */
export interface ObjectContext {
  readonly cluster: Stored<KubeDirectorCluster>;
  /** The app's label.name. */
  readonly prettyName: string;
  readonly config: ConfigSpec;
  /** The headless Service's name. */
  readonly clusterService: string;
  /** The app asks for systemd and the nodes do not provide it natively. */
  readonly mountsCgroups: boolean;
  readonly capabilities: readonly string[];
}

interface ContextSources extends Pick<ObjectContext, 'cluster' | 'config' | 'clusterService'> {
  readonly app: KubeDirectorApp;
}

/** What native objects take from the app as a whole, put together with the rest. */
export function objectContextOf({ cluster, app, config, clusterService }: ContextSources): ObjectContext {
  const { label, systemdRequired, capabilities = [] } = app.spec;
  return {
    ...{ cluster, config, clusterService, capabilities },
    prettyName: label.name,
    mountsCgroups: systemdRequired === true && config.nativeSystemdSupport !== true,
  };
}

/** The labels that every native object of a cluster has. */
export function clusterLabels(cluster: KubeDirectorCluster): Strings {
  return {
    [clusterLabel]: cluster.metadata.name ?? '',
    [appLabel]: cluster.spec.app,
    [appCatalogLabel]: cluster.spec.appCatalog ?? 'local',
  };
}

/** What a StatefulSet selects by: never what a user may change later. */
export function selectorLabels(cluster: KubeDirectorCluster, role: string): Strings {
  return { ...clusterLabels(cluster), [roleLabel]: role, [headlessLabel]: cluster.metadata.name ?? '' };
}

/** Labels of a role's pods; the selector's labels win over users' labels. */
export function podLabels(context: ObjectContext, role: ResolvedRole): Strings {
  return { ...role.spec.podLabels, ...context.config.podLabels, ...selectorLabels(context.cluster, role.id) };
}

/** The labels of pods that come from users: those that a PVC made by the StatefulSet is to have besides the selector's. */
export function ownPodLabels(context: ObjectContext, role: ResolvedRole): Strings {
  return { ...role.spec.podLabels, ...context.config.podLabels };
}

/** Annotations of a role's pods. */
export function podAnnotations(context: ObjectContext, role: ResolvedRole): Strings {
  return {
    ...role.spec.podAnnotations,
    ...context.config.podAnnotations,
    [prettyNameAnnotation]: context.prettyName,
  };
}

/** Labels of the Service of a role's members. */
export function serviceLabels(context: ObjectContext, role: ResolvedRole): Strings {
  return {
    ...role.spec.serviceLabels,
    ...context.config.serviceLabels,
    ...clusterLabels(context.cluster),
    [roleLabel]: role.id,
  };
}

/** Annotations of the Service of a member. `authToken` is left out where it is undefined. */
export function serviceAnnotations(context: ObjectContext, role: ResolvedRole, authToken: string | undefined): Strings {
  return {
    ...role.spec.serviceAnnotations,
    ...context.config.serviceAnnotations,
    [prettyNameAnnotation]: context.prettyName,
    ...(authToken === undefined ? {} : { [authTokenAnnotation]: authToken }),
  };
}

/** blockOwnerDeletion holds the cluster back under foreground deletion until its objects are gone. */
export function ownedBy(cluster: Stored<KubeDirectorCluster>): OwnerReference {
  return {
    apiVersion: 'kubedirector.hpe.com/v1beta1',
    kind: 'KubeDirectorCluster',
    name: cluster.metadata.name,
    uid: cluster.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}
