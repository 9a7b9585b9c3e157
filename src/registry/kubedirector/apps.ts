/** kubedirectorapps */
import { deepEqual } from '../../meta/json.ts';
import { forbidden, type FieldError } from '../../meta/field-error.ts';
import type { Stored } from '../../meta/object.ts';
import { defaultApp, meansTheSame } from '../../apis/kubedirector/app-defaulting.ts';
import { validateUpgradingEdit } from '../../apis/kubedirector/app-upgrade.ts';
import { nameErrors, validateApp, validateAppUpdate } from '../../apis/kubedirector/app-validation.ts';
import type { Lookup } from '../../apis/kubedirector/lookup.ts';
import { privilegesOf } from '../../apis/kubedirector/privileges.ts';
import type { KubeDirectorApp } from '../../apis/kubedirector/types.ts';
import { inUseFinalizer } from '../../apis/kubedirector/well-known.ts';
import { changeWellShaped, wellShaped, type WellShaped } from '../../apis/kubedirector/well-shaped.ts';
import type { CallContext, Guard, ResourceDefinition, Strategy } from '../../apiserver/resource.ts';
import { newFindings, type Findings } from '../../schema/ratcheting.ts';
import { clustersUsing, listed, usersOfApp } from './app-usage.ts';
import type { BaseDefinition } from './definition.ts';
import { appReference, isLetGo } from './use-guards.ts';

interface AppDependencies {
  /** Whether the namespace itself is being deleted: nothing holds what is in it. */
  readonly isEnding: (namespace: string) => boolean;
}

/** KubeDirectorApps. Their strategy asks which clusters use an app before it is changed or deleted. */
export function appsDefinition(
  base: BaseDefinition<KubeDirectorApp>,
  lookup: Lookup,
  dependencies: AppDependencies,
): ResourceDefinition<KubeDirectorApp> {
  return { ...base, strategy: appStrategy(base, lookup, dependencies), subresources: {} };
}

function appStrategy(
  base: BaseDefinition<KubeDirectorApp>,
  lookup: Lookup,
  { isEnding }: AppDependencies,
): Strategy<KubeDirectorApp> {
  const shaped = (app: KubeDirectorApp) => wellShaped(base.schema.root, app);
  const prepare = (app: KubeDirectorApp, old?: KubeDirectorApp) =>
    changeWellShaped(base.schema.root, app, (sane) => defaultApp(sane, old));
  // No cluster may come while it is asked whether any uses the app.
  const withoutNewUsers = ({ metadata: { name, namespace = '' } }: Stored<KubeDirectorApp>): Guard => ({
    unchanged: [appReference({ namespace, name })],
  });
  /** Clusters that use it are judged by what they say; one that changes meanwhile is kept off by the guard. */
  function editErrors(sane: WellShaped<KubeDirectorApp>, app: KubeDirectorApp, before: KubeDirectorApp): FieldError[] {
    const users = clustersUsing(lookup, before);
    const refused = validateAppUpdate(sane, before, users);
    if (refused.length > 0 || users.length === 0 || meansTheSame(sane, before)) return refused;
    return validateUpgradingEdit(base.schema.readable(app), before, users);
  }

  return {
    guardUpdate: (app, old) => (deepEqual(app.spec, old.spec) && !isLetGo(app, old) ? undefined : withoutNewUsers(old)),
    guardDelete: withoutNewUsers,
    referenceKeys: (target) => [appReference(target)],
    validateName: nameErrors,
    prepareForCreate: (_context, app) => prepare(app),
    prepareForUpdate: (_context, app, old) =>
      deepEqual(app.spec, old.spec) ? app : prepare(app, base.schema.readable(old)),
    validateCreate: async (context, app) => [
      ...validateApp(shaped(app)),
      ...(await unearnedPrivileges(lookup, context, app)),
    ],
    async validateUpdate(context, app, old) {
      if (deepEqual(app.spec, old.spec)) return [];
      const before = base.schema.readable(old);
      const found = { errors: validateApp(shaped(app)), object: app };
      const known = (): Findings => ({ errors: validateApp(shaped(old)), object: old });
      return [
        ...editErrors(shaped(app), app, before),
        ...newFindings(base.schema.root, found, known),
        ...(await unearnedPrivileges(lookup, context, base.schema.readable(app))),
      ];
    },
    finalizersForDelete({ warn }, app) {
      const users = isEnding(app.metadata.namespace ?? '') ? [] : usersOfApp(lookup, app);
      if (users.length === 0) return [];
      warn(`clusters use the app: ${listed(users)}; it goes when they are gone, and no new cluster can have it`);
      return [inUseFinalizer];
    },
    warnings(app, old) {
      if (old === undefined || deepEqual(app.spec, old.spec)) return [];
      const before = base.schema.readable(old);
      const users = meansTheSame(shaped(app), before) ? [] : usersOfApp(lookup, before);
      return users.length === 0 ? [] : [`clusters that use the app are upgraded: ${listed(users)}`];
    },
  };
}

/**
 * Members of an app with capabilities, or with the node's cgroup file system, run with privileges that pods have: who
 * writes such an app must be somebody who may create such pods in its namespace.
 * @throws StatusError 503 where nobody could be asked
 */
async function unearnedPrivileges(
  lookup: Lookup,
  { user, signal }: CallContext,
  { metadata: { namespace = '' }, spec }: KubeDirectorApp,
): Promise<FieldError[]> {
  const fields = ['capabilities', 'systemdRequired', 'roles'] as const;
  const privileged = fields.filter((field) => privilegesOf({ [field]: spec[field] }) !== '');
  // Where no rights are reviewed, nobody has fewer of them than the one who writes apps.
  if (privileged.length === 0 || !lookup.reviewsRights) return [];
  if (await lookup.mayDo(user, { verb: 'create', resource: 'pods' }, { namespace, name: '' }, signal)) return [];
  const why = `user ${JSON.stringify(user.name)} cannot create pods in namespace "${namespace}", which an app with privileges needs`;
  return privileged.map((field) =>
    forbidden(`spec.${field}`, `${why}; ask for a Role in that namespace that allows create on pods`),
  );
}
