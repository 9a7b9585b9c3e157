/** What the server takes, and what an author may still want to change. */
import type { KubeDirectorApp, KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import type { Finding } from './finding.ts';
import type { Manifest } from './manifest.ts';

/** Advice on an app that has no errors. */
export function adviseApp({ spec }: KubeDirectorApp, { file, lineOf }: Manifest): Finding[] {
  const { selectedRoles, roleServices } = spec.config;
  const selected = new Set(selectedRoles);
  const running = new Set(roleServices.filter(({ roleID }) => selected.has(roleID)).flatMap((one) => one.serviceIDs));
  const at = (field: string, severity: Finding['severity'], message: string): Finding => ({
    ...{ severity, file, line: lineOf(field) },
    message: `${field}: ${message}`,
  });
  const roles = spec.roles.flatMap((role, index): Finding[] => {
    const path = `spec.roles[${index}]`;
    if (!selected.has(role.id)) {
      return [at(path, 'warning', `role ${role.id} is not in spec.config.selectedRoles: no cluster needs it`)];
    }
    const services = roleServices.filter(({ roleID }) => roleID === role.id).flatMap(({ serviceIDs }) => serviceIDs);
    const hasPorts = (spec.services ?? []).some(({ id, endpoint }) => services.includes(id) && endpoint !== undefined);
    const hasProbe = role.readinessProbe !== undefined || role.livenessProbe !== undefined;
    return hasPorts && !hasProbe
      ? [
          at(
            path,
            'hint',
            `role ${role.id} has services but no readinessProbe: Kubernetes takes every running member as ready`,
          ),
        ]
      : [];
  });
  const services = (spec.services ?? []).flatMap(({ id }, index) =>
    running.has(id) ? [] : [at(`spec.services[${index}]`, 'warning', `no selected role runs service ${id}`)],
  );
  return [...roles, ...services];
}

/** Advice on a cluster of the app. */
export function adviseCluster(
  cluster: KubeDirectorCluster,
  app: KubeDirectorApp,
  { file, lineOf }: Manifest,
): Finding[] {
  if (cluster.spec.app === app.metadata.name) return [];
  const message = `spec.app: it names ${cluster.spec.app}, and app.yaml has ${app.metadata.name ?? ''}`;
  return [{ severity: 'warning', file, line: lineOf('spec.app'), message }];
}
