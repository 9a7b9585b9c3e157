import { forbidden, invalid, notFoundValue, notSupported, required, type FieldError } from '../../meta/field-error.ts';
import { deepEqual } from '../../meta/json.ts';
import { appRole } from './app-lookups.ts';
import { describeCardinality, parseCardinality } from './cardinality.ts';
import { checkedFields } from './cluster-update.ts';
import type { ClusterFacts, ReferenceFacts } from './lookup.ts';
import { validateRoleReferences, validateSecret, validateSharedClaims } from './reference-validation.ts';
import { validateReferences } from './references.ts';
import { validateRole } from './role-validation.ts';
import { validateUpdateStrategy } from './update-strategy-validation.ts';
import type { ClusterRole, ClusterSpec, KubeDirectorApp, KubeDirectorCluster } from './types.ts';
import { present, type WellShaped } from './well-shaped.ts';
import { globalConfigName, maxMembers } from './well-known.ts';

/**
 * All errors in a cluster after defaulting that its schema can't find. The schema finds repeated roles, because the
 * list is a map by id.
 * @param old the stored cluster, if it exists: its unchanged fields are not checked again (see checkedFields)
 */
export function validateCluster(
  { spec }: WellShaped<KubeDirectorCluster>,
  facts: ClusterFacts,
  references: ReferenceFacts,
  old?: KubeDirectorCluster,
): FieldError[] {
  if (spec === undefined) return [];
  const app = facts.app?.app;
  const defaultSecret = deepEqual(spec.defaultSecret, old?.spec.defaultSecret) ? undefined : spec.defaultSecret;
  return [
    ...validateConfigStays(facts),
    ...validateApp(spec, facts),
    ...(defaultSecret === undefined ? [] : validateSecret(defaultSecret, 'spec.defaultSecret', facts, references)),
    ...(app === undefined ? [] : validateRoleSet(spec, app)),
    ...validateTotal(spec),
    ...validateUpdateStrategy(spec.updateStrategy, 'spec.updateStrategy'),
    ...present<WellShaped<ClusterRole>>(spec.roles).flatMap(({ index, item }) => {
      const path = `spec.roles[${index}]`;
      const isChecked = checkedFields(
        item,
        old?.spec.roles.find(({ id }) => id === item.id),
      );
      return [
        ...validateRole(item, path, facts),
        ...validateRoleReferences(item, path, defaultSecret, facts, references),
      ].filter(({ field }) => isChecked(fieldWithin(field, path)));
    }),
    ...newSharedClaims(spec, references, old),
    ...validateReferences(references.forbidden, facts.namespace),
  ];
}

/** "members" of "spec.roles[0].members", within "spec.roles[0]". */
function fieldWithin(field: string, path: string): string {
  return field.slice(path.length + 1).split(/[.[]/)[0] ?? '';
}

function newSharedClaims(
  spec: WellShaped<ClusterSpec>,
  references: ReferenceFacts,
  old: KubeDirectorCluster | undefined,
): FieldError[] {
  const before = old === undefined ? [] : validateSharedClaims(old.spec, references);
  return validateSharedClaims(spec, references).filter(({ message }) => !before.some((one) => one.message === message));
}

function validateConfigStays({ isConfigLeaving, systemNamespace }: ClusterFacts): FieldError[] {
  if (isConfigLeaving !== true) return [];
  const which = `the global configuration "${globalConfigName}" in namespace "${systemNamespace}"`;
  const wayOut = 'wait until it is gone, which it is when all existing clusters are gone';
  return [forbidden('spec', `no cluster can be created while ${which} is being deleted; ${wayOut}`)];
}

function validateApp(spec: WellShaped<ClusterSpec>, facts: ClusterFacts): FieldError[] {
  if (spec.app === undefined || facts.app !== undefined) return [];
  if (facts.isAppLeaving === true) {
    const why = 'the app is being deleted; wait until it is gone and create it again, or name another app';
    return [invalid('spec.app', spec.app, why)];
  }
  const local = `the cluster's namespace "${facts.namespace}"`;
  const system = `the system namespace "${facts.systemNamespace}"`;
  const places = { local, system, both: `${local} or ${system}` };
  return [
    notFoundValue('spec.app', spec.app, `there must be such a KubeDirectorApp in ${places[spec.appCatalog ?? 'both']}`),
  ];
}

/** Every role must be one of the app's, and every role that the app requires must be there. */
function validateRoleSet(spec: WellShaped<ClusterSpec>, app: KubeDirectorApp): FieldError[] {
  const roles = present<WellShaped<ClusterRole>>(spec.roles);
  const known = app.spec.roles.map(({ id }) => id);
  const errors = roles.flatMap(({ index, item }) =>
    item.id === undefined || known.includes(item.id) ? [] : [notSupported(`spec.roles[${index}].id`, item.id, known)],
  );
  if (spec.roles === undefined) return errors;
  const missing: FieldError[] = [];
  for (const id of app.spec.config.selectedRoles) {
    const cardinality = parseCardinality(appRole(app, id)?.cardinality ?? '');
    if (cardinality === undefined || cardinality.count === 0 || roles.some(({ item }) => item.id === id)) continue;
    const wanted = `the app "${app.metadata.name ?? ''}" must have a role "${id}" with ${describeCardinality(cardinality)}`;
    missing.push(required('spec.roles', wanted));
  }
  // A role without an id, which the schema reports, may be the one that seems to be missing.
  const nameless = spec.roles.length - roles.filter(({ item }) => item.id !== undefined).length;
  return missing.length > nameless ? [...errors, ...missing] : errors;
}

function validateTotal(spec: WellShaped<ClusterSpec>): FieldError[] {
  const total = present(spec.roles).reduce((sum, { item }) => sum + (item.members ?? 0), 0);
  return total > maxMembers
    ? [invalid('spec.roles', total, `must have at most ${maxMembers} members, all roles together`)]
    : [];
}
