/** kubedirectorapps */
import { deepEqual } from '../../meta/json.ts';
import type { Stored } from '../../meta/object.ts';
import { conflict } from '../../meta/status.ts';
import { defaultApp } from '../../apis/kubedirector/app-defaulting.ts';
import { usesApp } from '../../apis/kubedirector/app-lookups.ts';
import { nameErrors, validateApp, validateAppUpdate } from '../../apis/kubedirector/app-validation.ts';
import type { Lookup } from '../../apis/kubedirector/lookup.ts';
import type { KubeDirectorApp } from '../../apis/kubedirector/types.ts';
import { wellShaped } from '../../apis/kubedirector/well-shaped.ts';
import type { ResourceDefinition, Strategy } from '../../apiserver/registry/contract.ts';
import { usersOfApp } from './app-usage.ts';
import type { BaseDefinition } from './definition.ts';
import type { Reservations } from './reservations.ts';

export function appsDefinition(
  base: BaseDefinition<KubeDirectorApp>,
  lookup: Lookup,
  reservations: Pick<Reservations, 'change'>,
): ResourceDefinition<KubeDirectorApp> {
  return { ...base, strategy: appStrategy(base, lookup, reservations), subresources: {} };
}

function appStrategy(
  base: BaseDefinition<KubeDirectorApp>,
  lookup: Lookup,
  reservations: Pick<Reservations, 'change'>,
): Strategy<KubeDirectorApp> {
  const shaped = (app: KubeDirectorApp) => wellShaped(base.schema.root, app);
  // Whole in, whole out; what lacks something that it must have is refused for that and never stored.
  const prepare = (app: KubeDirectorApp) => defaultApp(shaped(app)) as KubeDirectorApp;
  const change = ({ metadata: { name, namespace = '' } }: Stored<KubeDirectorApp>) =>
    reservations.change((cluster) => usesApp(cluster, { name, namespace }, lookup.systemNamespace));
  return {
    beginUpdate: (_context, app, old) => (deepEqual(app.spec, old.spec) ? undefined : change(old)),
    beginDelete: (_context, app) => change(app),
    validateName: nameErrors,
    prepareForCreate: (_context, app) => prepare(app),
    prepareForUpdate: (_context, app) => prepare(app),
    validateCreate: (_context, app) => validateApp(shaped(app)),
    validateUpdate(_context, app, old) {
      if (deepEqual(app.spec, old.spec)) return [];
      return [...validateAppUpdate(shaped(app), old, usersOfApp(lookup, old)), ...validateApp(shaped(app))];
    },
    validateDelete(_context, app) {
      const users = usersOfApp(lookup, app);
      if (users.length === 0) return;
      const resource = { group: base.group, resource: base.plural };
      throw conflict(resource, app.metadata.name, `clusters use the app: ${users.join(', ')}`);
    },
  };
}
