import { quantityText, quantityTexts } from './quantities.ts';
import type { AppRole, AppSpec, KubeDirectorApp } from './types.ts';
import type { WellShaped } from './well-shaped.ts';
import { defaultMaxLogSizeDump as maxLogSizeDump } from './well-known.ts';

type Defaults = WellShaped<
  Pick<
    AppSpec,
    'defaultImageRepoTag' | 'defaultConfigPackage' | 'defaultPersistDirs' | 'defaultEventList' | 'defaultMaxLogSizeDump'
  >
>;

/**
 * The app as it is stored: every `default…` is copied into the roles that lack it, then dropped, so that what is read
 * says the same for every role. A role without a setup package of either kind says so: `configPackage: null`.
 */
export function defaultApp(app: WellShaped<KubeDirectorApp>): WellShaped<KubeDirectorApp> {
  if (app.spec === undefined) return app;
  const {
    defaultImageRepoTag,
    defaultConfigPackage,
    defaultPersistDirs,
    defaultEventList,
    defaultMaxLogSizeDump,
    ...spec
  } = app.spec;
  const defaults = {
    defaultImageRepoTag,
    defaultConfigPackage,
    defaultPersistDirs,
    defaultEventList,
    defaultMaxLogSizeDump,
  };
  if (spec.roles === undefined) return { ...app, spec };
  return { ...app, spec: { ...spec, roles: spec.roles.map((role) => role && defaultRole(role, defaults)) } };
}

function defaultRole(role: WellShaped<AppRole>, defaults: Defaults): WellShaped<AppRole> {
  const imageRepoTag = role.imageRepoTag ?? defaults.defaultImageRepoTag;
  const persistDirs = role.persistDirs ?? defaults.defaultPersistDirs;
  const eventList = role.eventList ?? defaults.defaultEventList;
  return {
    ...role,
    ...(imageRepoTag === undefined ? {} : { imageRepoTag }),
    // Null is an answer ("none"), and not the same as absent.
    configPackage: role.configPackage === undefined ? (defaults.defaultConfigPackage ?? null) : role.configPackage,
    ...(persistDirs === undefined ? {} : { persistDirs }),
    ...(eventList === undefined ? {} : { eventList }),
    maxLogSizeDump: role.maxLogSizeDump ?? defaults.defaultMaxLogSizeDump ?? maxLogSizeDump,
    ...(role.minResources === undefined ? {} : { minResources: quantityTexts(role.minResources) }),
    ...(role.minStorage?.size === undefined
      ? {}
      : { minStorage: { ...role.minStorage, size: quantityText(role.minStorage.size) } }),
  };
}
