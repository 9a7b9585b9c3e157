import { deepEqual, type JsonObject } from '../../meta/json.ts';
import { provenanceOf, withoutFormerDefaults } from './provenance.ts';
import { canonicalQuantities, canonicalQuantity } from './quantities.ts';
import type { AppRole, AppSpec, KubeDirectorApp } from './types.ts';
import { defaultMaxLogSizeDump } from './well-known.ts';
import type { WellShaped } from './well-shaped.ts';

type App = WellShaped<KubeDirectorApp>;
type Spec = WellShaped<AppSpec>;
type Role = WellShaped<AppRole>;

/** The fields of a role that the app has a default for. */
type RoleDefaults = Pick<Role, 'imageRepoTag' | 'configPackage' | 'persistDirs' | 'eventList' | 'maxLogSizeDump'>;

/**
 * The app as it is stored. Its `default…` fields stay where they are, and each is copied into the roles that lack it,
 * so that clients find every value in its role. A role without any setup package has `configPackage: null`.
 * @param old the stored app, if it exists: a value that came from one of its defaults follows that default
 */
export function defaultApp(app: App, old?: App): App {
  if (app.spec === undefined) return app;
  const provenance = provenanceOf(app);
  const spec = withSaidNull(app.spec, 'defaultConfigPackage', () => provenance.spec);
  if (spec.roles === undefined) return { ...app, spec };
  const now = roleDefaults(spec);
  const former = old === undefined ? undefined : formerDefaults(old);
  const roles = spec.roles.map((role) => {
    if (role === undefined) return undefined;
    const before = old?.spec?.roles?.find((one) => one?.id === role.id);
    const own =
      former === undefined
        ? role
        : withoutFormerDefaults(role, before, { former: { ...former }, now: { ...now } }, provenance);
    return defaultRole(
      withSaidNull(own, 'configPackage', () => provenance.role(own.id)),
      now,
    );
  });
  return { ...app, spec: { ...spec, roles } };
}

function roleDefaults(spec: Spec): RoleDefaults {
  return {
    imageRepoTag: spec.defaultImageRepoTag,
    configPackage: spec.defaultConfigPackage ?? null,
    persistDirs: spec.defaultPersistDirs,
    eventList: spec.defaultEventList,
    maxLogSizeDump: spec.defaultMaxLogSizeDump ?? defaultMaxLogSizeDump,
  };
}

const defaultFields = [
  'defaultImageRepoTag',
  'defaultConfigPackage',
  'defaultPersistDirs',
  'defaultEventList',
  'defaultMaxLogSizeDump',
] as const;

/** Apps stored by earlier versions have their defaults in the roles alone; the file that was applied names them. */
function formerDefaults(old: App): RoleDefaults {
  const { spec = {} } = old;
  if (defaultFields.some((field) => spec[field] !== undefined)) return roleDefaults(spec);
  const { spec: applied } = provenanceOf(old);
  return applied === undefined ? roleDefaults(spec) : roleDefaults({ ...applied, roles: undefined });
}

/** kubectl drops a null when it creates, and takes it for a removal when it applies; the file it keeps has it. */
function withSaidNull<T extends object>(subject: T, field: keyof T & string, written: () => JsonObject | undefined): T {
  return subject[field] === undefined && written()?.[field] === null ? { ...subject, [field]: null } : subject;
}

function defaultRole(role: Role, defaults: RoleDefaults): Role {
  const imageRepoTag = role.imageRepoTag ?? defaults.imageRepoTag;
  const persistDirs = role.persistDirs ?? defaults.persistDirs;
  const eventList = role.eventList ?? defaults.eventList;
  return {
    ...role,
    ...(imageRepoTag === undefined ? {} : { imageRepoTag }),
    // Null means "none", which is not the same as absent.
    configPackage: role.configPackage === undefined ? defaults.configPackage : role.configPackage,
    ...(persistDirs === undefined ? {} : { persistDirs }),
    ...(eventList === undefined ? {} : { eventList }),
    maxLogSizeDump: role.maxLogSizeDump ?? defaults.maxLogSizeDump,
  };
}

/** Whether clusters of both apps would be the same: roles are compared with their defaults, quantities by amount. */
export function meansTheSame(one: App, other: App): boolean {
  return deepEqual(one.spec, other.spec) || deepEqual(meaning(one), meaning(other));
}

function meaning(app: App): unknown {
  const { spec = {} } = defaultApp(app);
  const rest: Spec = { ...spec };
  for (const field of [...defaultFields, 'roles', 'upgradable']) Reflect.deleteProperty(rest, field);
  return { ...rest, roles: spec.roles?.map((role) => role && roleMeaning(role)) };
}

function roleMeaning(role: Role): unknown {
  const { minResources = {}, minStorage, ...rest } = role;
  const { size, ...storage } = minStorage ?? {};
  return {
    ...rest,
    minResources: canonicalQuantities(minResources),
    minStorage: minStorage && { ...storage, size: size === undefined ? size : canonicalQuantity(size) },
  };
}
