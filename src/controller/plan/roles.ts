/** A role as both its app and its cluster describe it. */
import { servicesOfRole } from '../../apis/kubedirector/app-lookups.ts';
import type {
  AppRole,
  AppService,
  ClusterRole,
  ConfigPackage,
  KubeDirectorApp,
  KubeDirectorCluster,
} from '../../apis/kubedirector/types.ts';
import { securityContextsOf, type SecurityContexts } from '../../apis/kubedirector/security-contexts.ts';
import type { Layout } from '../../guest/steps.ts';

/** A role of the cluster's spec, joined with the app's definition of it. */
export interface ResolvedRole {
  readonly id: string;
  readonly spec: ClusterRole;
  readonly app: AppRole;
  /** Undefined where the role has none: a running container is a configured member then. */
  readonly configPackage: ConfigPackage | undefined;
  readonly layout: Layout;
  readonly security: SecurityContexts;
  /** The services of this role, in the app's order of serviceIDs. */
  readonly services: readonly AppService[];
  readonly ports: readonly { readonly service: AppService; readonly port: number }[];
}

/** What a setup package is called for. */
type GuestEvent =
  'configure' | 'addnodes' | 'delnodes' | 'reconnect' | 'restarted' | 'suspend' | 'healthcheck' | 'backup' | 'restore';

const defaultEvents: readonly GuestEvent[] = ['configure', 'addnodes', 'delnodes'];

/**
 * Whether the role names the event: its package is expected to succeed then. A role without eventList names configure,
 * addnodes and delnodes. Of the others, reconnect, backup and restore are called all the same (best effort); the rest is not called.
 */
export function listensTo(role: ResolvedRole, event: string): boolean {
  if (role.configPackage === undefined) return false;
  return (role.app.eventList ?? defaultEvents).some((named) => named === event);
}

/** The cluster's roles in its own order; one that the app does not know is left out. */
export function resolveRoles(cluster: KubeDirectorCluster, app: KubeDirectorApp): readonly ResolvedRole[] {
  return cluster.spec.roles.flatMap((spec) => {
    const appRole = app.spec.roles.find(({ id }) => id === spec.id);
    return appRole === undefined ? [] : [resolve(spec, appRole, app)];
  });
}

function resolve(spec: ClusterRole, role: AppRole, app: KubeDirectorApp): ResolvedRole {
  const services = servicesOfRole(app, role.id);
  const configPackage = role.configPackage ?? undefined;
  return {
    id: spec.id,
    spec,
    app: role,
    configPackage,
    layout: configPackage?.useNewSetupLayout === true ? 'new' : 'old',
    security: securityContextsOf(spec, role),
    services,
    ports: services.flatMap((service) => {
      const port = service.endpoint?.port;
      return port === undefined ? [] : [{ service, port }];
    }),
  };
}
