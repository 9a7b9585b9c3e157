/** What clusters ask of their app. */
import { parseCardinality, type Cardinality } from './cardinality.ts';
import type { AppRole, AppService, KubeDirectorApp, KubeDirectorCluster, MemberStatus } from './types.ts';

/** The apps that a cluster uses besides the one that its spec names, while members run them or may go back to them. */
export function appsInUse({ status }: Pick<KubeDirectorCluster, 'status'>): readonly string[] {
  const { app, upgradeInfo: { prevApp, nextApp } = {} } = status ?? {};
  return [...new Set([app, prevApp, nextApp])].filter((name) => name !== undefined);
}

/** The name of the app that members run besides that of the spec, while the cluster moves; undefined where there is none. */
export function otherAppName({ spec, status }: Pick<KubeDirectorCluster, 'spec' | 'status'>): string | undefined {
  const { app: current, upgradeInfo: { prevApp, nextApp } = {} } = status ?? {};
  return [prevApp, nextApp, current].find((name) => name !== undefined && name !== spec.app);
}

/** The name of the app that a member runs. While it has no pod: of the one that it ran last. */
export function appOfMember(
  { spec, status }: Pick<KubeDirectorCluster, 'spec' | 'status'>,
  { upgradeStatus }: Pick<MemberStatus, 'upgradeStatus'>,
): string {
  const { app, upgradeInfo: info } = status ?? {};
  if (info === undefined) return app ?? spec.app;
  const hasMoved = upgradeStatus === 'upgrading' || upgradeStatus === 'upgraded';
  return (hasMoved ? info.nextApp : info.prevApp) ?? spec.app;
}

/** The role with this ID; undefined where the app has none. */
export function appRole(app: KubeDirectorApp, id: string): AppRole | undefined {
  return app.spec.roles.find((role) => role.id === id);
}

/** How many members the app allows the role; undefined where the role is missing or its cardinality is malformed. */
export function cardinalityOf(app: KubeDirectorApp, roleID: string): Cardinality | undefined {
  const role = appRole(app, roleID);
  return role && parseCardinality(role.cardinality);
}

/** The services that run on a role's members, in the order of the app's roleServices. */
export function servicesOfRole(app: KubeDirectorApp, roleID: string): AppService[] {
  const ids = app.spec.config.roleServices.find((one) => one.roleID === roleID)?.serviceIDs ?? [];
  return ids.flatMap((id) => app.spec.services?.find((service) => service.id === id) ?? []);
}

/** Whether the cluster is an instance of this app by its spec, or its members run it, or may go back to it. */
export function usesApp(
  cluster: Pick<KubeDirectorCluster, 'metadata' | 'spec' | 'status'>,
  app: { readonly name: string; readonly namespace: string },
  systemNamespace: string,
): boolean {
  if (cluster.spec.app !== app.name && !appsInUse(cluster).includes(app.name)) return false;
  const isLocal = app.namespace === cluster.metadata.namespace;
  const isSystem = app.namespace === systemNamespace;
  // A cluster being restored may not have been resolved yet.
  if (cluster.spec.appCatalog === undefined) return isLocal || isSystem;
  return cluster.spec.appCatalog === 'local' ? isLocal : isSystem;
}
