/**
 * What stands against the move of a cluster from one app to another, and against a change of an app that clusters use. All
 * causes are told together. See docs/adr/0047-upgrades.md.
 */
import { forbidden, invalid, type FieldError } from '../../meta/field-error.ts';
import { appRole, servicesOfRole } from './app-lookups.ts';
import { allowsMembers, describeCardinality, parseCardinality } from './cardinality.ts';
import { newShortfalls, type Shortfall } from './minimums.ts';
import { hasRun } from './cluster-update.ts';
import { persistedDirectories } from './mounts.ts';
import { wayToBeSeen } from './switches.ts';
import type { AppRole, ClusterRole, KubeDirectorApp, KubeDirectorCluster } from './types.ts';

/** Whether the spec leads back to the app that the members come from. */
const isWayBack = (app: string, { status }: KubeDirectorCluster): boolean => status?.upgradeInfo?.prevApp === app;

/**
 * @param old the cluster as it is stored; its spec names another app than `to`
 * @param from the app that the members run; undefined where it does not exist
 */
export function validateMove(
  old: KubeDirectorCluster,
  from: KubeDirectorApp | undefined,
  to: KubeDirectorApp,
): FieldError[] {
  const path = 'spec.app';
  const name = to.metadata.name ?? '';
  const roles = runningRoles(old);
  if (old.status?.app === undefined && roles.length > 0) {
    const why = `before this version of the controller has seen what the members run; ${wayToBeSeen(old)}`;
    return [forbidden(path, `can't change ${why}`)];
  }
  if (from === undefined) return [];
  const was = from.metadata.name ?? '';
  const errors: FieldError[] = [];
  if (from.spec.distroID !== to.spec.distroID) {
    const ids = `"${to.spec.distroID}", that of "${was}" is "${from.spec.distroID}"`;
    errors.push(invalid(path, name, `must be an app of the same distroID; that of "${name}" is ${ids}`));
  }
  if (from.spec.upgradable !== true && !isWayBack(name, old)) {
    errors.push(forbidden(path, `can't change; it is "${was}", which does not have upgradable: true`));
  }
  return [
    ...errors,
    ...roles.flatMap(({ spec }) => lostByRole(spec, from, to).map((why) => forbidden(path, `app "${name}" ${why}`))),
  ];
}

/** The roles of the spec of which members have run. */
function runningRoles({ spec, status }: KubeDirectorCluster): readonly { spec: ClusterRole; members: number }[] {
  return spec.roles.flatMap((role) => {
    const members = status?.roles?.find(({ id }) => id === role.id)?.members ?? [];
    return members.some(hasRun) ? [{ spec: role, members: role.members ?? 0 }] : [];
  });
}

/** What members of the role have and would not have; a role that is missing is told of elsewhere. */
function lostByRole({ id, storage }: ClusterRole, from: KubeDirectorApp, to: KubeDirectorApp): readonly string[] {
  const [before, after] = [appRole(from, id), appRole(to, id)];
  if (before === undefined || after === undefined) return [];
  const offered = new Set(servicesOfRole(to, id).map((service) => service.id));
  const services = servicesOfRole(from, id).filter((service) => !offered.has(service.id));
  const directories = storage === undefined ? [] : emptyDirectories(before, after);
  return [
    ...services.map((service) => `must have the service "${service.id}" for role "${id}", whose members offer it`),
    ...directories.map((path) => `must not keep ${path} on the volumes of role "${id}", on which it would be empty`),
  ];
}

/** Volumes are filled once, before the first container. */
function emptyDirectories(before: AppRole, after: AppRole): readonly string[] {
  const kept = persistedDirectories(before);
  return persistedDirectories(after).filter((path) => !kept.some((one) => path === one || path.startsWith(`${one}/`)));
}

/**
 * @param old the app as it is stored
 * @param users the clusters that use it
 */
export function validateUpgradingEdit(
  app: KubeDirectorApp,
  old: KubeDirectorApp,
  users: readonly KubeDirectorCluster[],
): FieldError[] {
  const errors: FieldError[] = [];
  if (app.spec.distroID !== old.spec.distroID) {
    errors.push(forbidden('spec.distroID', `can't change while clusters use the app; it is "${old.spec.distroID}"`));
  }
  for (const cluster of users) {
    const { name = '', namespace = '' } = cluster.metadata;
    const which = `cluster ${namespace}/${name}`;
    if (cluster.status?.app === undefined && runningRoles(cluster).length > 0) {
      const why = `before this version of the controller has seen what the members of ${which} run; ${wayToBeSeen(cluster)}`;
      errors.push(forbidden('spec', `can't change ${why}`));
      continue;
    }
    for (const { spec, members } of usedRoles(cluster)) {
      const index = app.spec.roles.findIndex(({ id }) => id === spec.id);
      const role = app.spec.roles[index];
      if (role === undefined) {
        errors.push(
          forbidden('spec.roles', `${which} has ${members} members of role "${spec.id}", which would be missing`),
        );
        continue;
      }
      const cardinality = parseCardinality(role.cardinality);
      if (cardinality !== undefined && !allowsMembers(cardinality, members)) {
        const why = `asks for ${describeCardinality(cardinality)}, and ${which} has ${members}`;
        errors.push(invalid(`spec.roles[${index}].cardinality`, role.cardinality, why));
      }
      errors.push(
        ...newShortfalls(spec, role, appRole(old, spec.id)).map((one) =>
          shortfallError(one, `spec.roles[${index}]`, which),
        ),
      );
      errors.push(...lostByRole(spec, old, app).map((why) => forbidden(`spec.roles[${index}]`, `${why} (${which})`)));
    }
  }
  return errors;
}

/** More is asked for each member than the cluster gives, so that it must grow first. */
function shortfallError({ of, least, given }: Shortfall, path: string, cluster: string): FieldError {
  if (of !== 'storage') {
    const why = `${cluster} requests ${given ?? '0'} for each member; it must be changed first`;
    return invalid(`${path}.minResources[${of.resource}]`, least, why);
  }
  const has = given === undefined ? 'no volumes for its members' : `volumes of ${given}; they must grow first`;
  return invalid(`${path}.minStorage.size`, least, `${cluster} has ${has}`);
}

const usedRoles = ({ spec }: KubeDirectorCluster): readonly { spec: ClusterRole; members: number }[] =>
  spec.roles.flatMap((role) => ((role.members ?? 0) > 0 ? [{ spec: role, members: role.members ?? 0 }] : []));
