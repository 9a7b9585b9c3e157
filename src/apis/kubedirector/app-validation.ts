import {
  duplicate,
  forbidden,
  invalid,
  notSupported,
  required,
  tooLong,
  type FieldError,
} from '../../meta/field-error.ts';
import { maxAnnotationsSize } from '../../meta/metadata-validation.ts';
import { dns1123SubdomainErrors } from '../../meta/names.ts';
import { probeErrors } from '../kubernetes/validation/probes.ts';
import { meansTheSame } from './app-defaulting.ts';
import { normalizedPath } from './guest-paths.ts';
import { validateServicePorts } from './service-validation.ts';
import type { AppRole, AppService, AppSpec, KubeDirectorApp, KubeDirectorCluster } from './types.ts';
import { present, type WellShaped } from './well-shaped.ts';

/** Names of apps and clusters become label values, which are shorter than names may be. */
const maxNameLength = 63;

/**
 * The errors in the name of an app or a cluster.
 * @param isPrefix of a generated name, which is never longer
 */
export function nameErrors(name: string, isPrefix = false): string[] {
  const errors = dns1123SubdomainErrors(name);
  return !isPrefix && name.length > maxNameLength
    ? [...errors, `must be no more than ${maxNameLength} characters`]
    : errors;
}

/**
 * The errors in an app after defaulting that its schema can't find. The schema finds repeated ids in roles, services
 * and roleServices, because these lists are maps by id.
 */
export function validateApp({ spec }: WellShaped<KubeDirectorApp>): FieldError[] {
  if (spec === undefined) return [];
  return [
    ...validateLabel(spec.label?.name),
    ...present(spec.services).flatMap(({ index, item }) => validateService(item, `spec.services[${index}]`)),
    ...present(spec.roles).flatMap(({ index, item }) => validateRole(item, `spec.roles[${index}]`)),
    ...validateImage(spec.defaultImageRepoTag, 'spec.defaultImageRepoTag'),
    ...validateDirectories(spec.defaultPersistDirs, 'spec.defaultPersistDirs'),
    ...validateReferences(spec),
    ...validateServicePorts(spec),
    ...validateProbes(spec),
  ];
}

/** A probe may name one of the role's services that listen: they are the ports of its container. */
function validateProbes(spec: WellShaped<AppSpec>): FieldError[] {
  const listening = present<WellShaped<AppService>>(spec.services).flatMap(({ item: { id, endpoint } }) =>
    id === undefined || endpoint === undefined ? [] : [id],
  );
  return present<WellShaped<AppRole>>(spec.roles).flatMap(({ index, item }) => {
    const services = present(spec.config?.roleServices).find((one) => one.item.roleID === item.id)?.item.serviceIDs;
    const portNames = listening.filter((id) => services?.includes(id) === true);
    return (['startupProbe', 'readinessProbe', 'livenessProbe'] as const).flatMap((kind) => {
      const probe = item[kind];
      return probe === undefined ? [] : probeErrors(probe, kind, { path: `spec.roles[${index}].${kind}`, portNames });
    });
  });
}

function validateService({ endpoint }: WellShaped<AppService>, path: string): FieldError[] {
  const lacksScheme = endpoint?.isDashboard === true && endpoint.urlScheme === undefined;
  return lacksScheme ? [required(`${path}.endpoint.urlScheme`, 'a dashboard must have one')] : [];
}

function validateRole(role: WellShaped<AppRole>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (role.imageRepoTag === undefined) {
    errors.push(required(`${path}.imageRepoTag`, 'a role must have an image where there is no defaultImageRepoTag'));
  }
  errors.push(...validateImage(role.imageRepoTag, `${path}.imageRepoTag`));
  errors.push(...validateDirectories(role.persistDirs, `${path}.persistDirs`));
  if (role.containerSpec?.tty === true && role.containerSpec.stdin !== true) {
    errors.push(invalid(`${path}.containerSpec.tty`, true, 'must come with stdin: true'));
  }
  if (role.healthcheck !== undefined && role.eventList?.includes('healthcheck') !== true) {
    errors.push(forbidden(`${path}.healthcheck`, 'is only for a role whose eventList names healthcheck'));
  }
  return errors;
}

/** Kubernetes takes such an image in a StatefulSet, and refuses each of its pods. */
function validateImage(image: string | undefined, path: string): FieldError[] {
  if (image === undefined || image === image.trim()) return [];
  return [invalid(path, image, 'must not have leading or trailing whitespace')];
}

/** Half of what all annotations may have: clusters and the configuration have annotations of their own. */
const longestLabel = maxAnnotationsSize / 2;

/** It becomes an annotation of all that clusters are made of. */
function validateLabel(name = ''): FieldError[] {
  return Buffer.byteLength(name) > longestLabel ? [tooLong('spec.label.name', longestLabel)] : [];
}

/** A volume at the root would hide all that the image has. */
function validateDirectories(directories: readonly (string | undefined)[] | undefined, path: string): FieldError[] {
  return present(directories).flatMap(({ index, item }) =>
    item.startsWith('/') && normalizedPath(item) === '/'
      ? [invalid(`${path}[${index}]`, item, 'must be a directory below /')]
      : [],
  );
}

/** A repeated id is an error, but the message names it once. */
const distinct = (ids: readonly string[]): string[] => [...new Set(ids)];

function validateReferences(spec: WellShaped<AppSpec>): FieldError[] {
  const roleIDs = distinct(present(spec.roles).flatMap(({ item }) => item.id ?? []));
  const serviceIDs = distinct(present(spec.services).flatMap(({ item }) => item.id ?? []));
  const errors: FieldError[] = [];
  const selected = new Set<string>();
  for (const { index, item } of present(spec.config?.selectedRoles)) {
    const path = `spec.config.selectedRoles[${index}]`;
    if (selected.has(item)) errors.push(duplicate(path, item));
    else if (!roleIDs.includes(item)) errors.push(notSupported(path, item, roleIDs));
    selected.add(item);
  }
  const ordered = new Set<string>();
  for (const { index, item } of present(spec.updateOrder)) {
    const path = `spec.updateOrder[${index}]`;
    if (ordered.has(item)) errors.push(duplicate(path, item));
    else if (!roleIDs.includes(item)) errors.push(notSupported(path, item, roleIDs));
    ordered.add(item);
  }
  for (const { index, item } of present(spec.config?.roleServices)) {
    const path = `spec.config.roleServices[${index}]`;
    if (item.roleID !== undefined && !roleIDs.includes(item.roleID)) {
      errors.push(notSupported(`${path}.roleID`, item.roleID, roleIDs));
    }
    for (const { index: place, item: id } of present(item.serviceIDs)) {
      if (!serviceIDs.includes(id)) errors.push(notSupported(`${path}.serviceIDs[${place}]`, id, serviceIDs));
    }
  }
  return errors;
}

/**
 * The spec of an app in use can't change, unless it is upgradable: then each cluster that uses it is asked. It may be written
 * differently, as long as its roles stay the same, and become upgradable, or cease to be.
 */
export function validateAppUpdate(
  app: WellShaped<KubeDirectorApp>,
  old: WellShaped<KubeDirectorApp>,
  users: readonly KubeDirectorCluster[],
): FieldError[] {
  if (users.length === 0 || meansTheSame(app, old)) return [];
  const names = users.map(({ metadata: { name = '', namespace = '' } }) => `${namespace}/${name}`);
  const why = `can't change while clusters use the app: ${names.join(', ')}`;
  const isUpgradable = app.spec?.upgradable === true || old.spec?.upgradable === true;
  return isUpgradable ? [] : [forbidden('spec', `${why}; it may with upgradable: true, which upgrades them`)];
}
