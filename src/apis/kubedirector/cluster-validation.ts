import { invalid, notFoundValue, notSupported, required, type FieldError } from '../../meta/field-error.ts';
import { appRole } from './app-lookups.ts';
import { describeCardinality, parseCardinality } from './cardinality.ts';
import type { ClusterFacts, ReferenceFacts } from './lookup.ts';
import { validateRoleReferences, validateSecret, validateSharedClaims } from './reference-validation.ts';
import { validateRole } from './role-validation.ts';
import type { ClusterRole, ClusterSpec, KubeDirectorApp, KubeDirectorCluster } from './types.ts';
import { present, type WellShaped } from './well-shaped.ts';
import { maxMembers } from './well-known.ts';

/**
 * What its schema can't say of a cluster after defaulting, all of it. A role that is there twice is the schema's to
 * find: the list is a map by id.
 *
 * Whether the requester may read the objects that the cluster names is to be asked together with the facts about them
 * (gatherReferenceFacts), and reported here.
 */
export function validateCluster(
  { spec }: WellShaped<KubeDirectorCluster>,
  facts: ClusterFacts,
  references: ReferenceFacts,
): FieldError[] {
  if (spec === undefined) return [];
  const app = facts.app?.app;
  return [
    ...validateApp(spec, facts),
    ...(spec.defaultSecret === undefined
      ? []
      : validateSecret(spec.defaultSecret, 'spec.defaultSecret', facts, references)),
    ...(app === undefined ? [] : validateRoleSet(spec, app)),
    ...validateTotal(spec),
    ...present(spec.roles).flatMap(({ index, item }) => [
      ...validateRole(item, `spec.roles[${index}]`, facts),
      ...validateRoleReferences(item, `spec.roles[${index}]`, spec, facts, references),
    ]),
    ...validateSharedClaims(spec, references),
  ];
}

function validateApp(spec: WellShaped<ClusterSpec>, facts: ClusterFacts): FieldError[] {
  if (spec.app === undefined || facts.app !== undefined) return [];
  const local = `the cluster's namespace "${facts.namespace}"`;
  const system = `the system namespace "${facts.systemNamespace}"`;
  const places = { local, system, both: `${local} or ${system}` };
  return [
    notFoundValue('spec.app', spec.app, `there must be such a KubeDirectorApp in ${places[spec.appCatalog ?? 'both']}`),
  ];
}

/** Every role is one of the app's, and every role that the app can't do without is there. */
function validateRoleSet(spec: WellShaped<ClusterSpec>, app: KubeDirectorApp): FieldError[] {
  const roles = present<WellShaped<ClusterRole>>(spec.roles);
  const known = app.spec.roles.map(({ id }) => id);
  const errors = roles.flatMap(({ index, item }) =>
    item.id === undefined || known.includes(item.id) ? [] : [notSupported(`spec.roles[${index}].id`, item.id, known)],
  );
  if (spec.roles === undefined) return errors;
  for (const id of app.spec.config.selectedRoles) {
    const cardinality = parseCardinality(appRole(app, id)?.cardinality ?? '');
    if (cardinality === undefined || cardinality.count === 0 || roles.some(({ item }) => item.id === id)) continue;
    const wanted = `the app "${app.metadata.name ?? ''}" must have a role "${id}" with ${describeCardinality(cardinality)}`;
    errors.push(required('spec.roles', wanted));
  }
  return errors;
}

function validateTotal(spec: WellShaped<ClusterSpec>): FieldError[] {
  const total = present(spec.roles).reduce((sum, { item }) => sum + (item.members ?? 0), 0);
  return total > maxMembers
    ? [invalid('spec.roles', total, `must have at most ${maxMembers} members, all roles together`)]
    : [];
}
