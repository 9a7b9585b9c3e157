/** The role that a cluster's scale is about. */
import { cardinalityOf } from './app-lookups.ts';
import type { KubeDirectorApp, KubeDirectorCluster } from './types.ts';
import { clusterLabel, roleLabel, scaleRoleAnnotation } from './well-known.ts';

/** Selects exactly the pods of one role of one cluster, within its namespace; the same text at all times. */
export function roleSelector(cluster: string, role: string): string {
  return `${clusterLabel}=${cluster},${roleLabel}=${role}`;
}

/**
 * "spark.worker": the name of a role's view. A role id that holds dots comes after two of them ("spark..worker.v2"): names
 * of clusters may hold dots too, and no two roles of a namespace may have one name. No cluster's name has two dots in a
 * row or at its end, and no role id begins with one.
 */
export function roleViewName(cluster: string, role: string): string {
  return role.includes('.') ? `${cluster}..${role}` : `${cluster}.${role}`;
}

interface ScaleRole {
  /** The one that an annotation of the cluster, else of its app, names, whether the cluster has it or not. */
  readonly named?: string;
  /** Those of the cluster's roles that the app gives an open cardinality. */
  readonly open: readonly string[];
  /** The one that the scale is about: the named one, else the only open one; absent: there is none such. */
  readonly role?: string;
}

/** Which role of the cluster the scale subresource changes; `open` lists the roles that could be it. */
export function scaleRole(
  { metadata, spec }: Pick<KubeDirectorCluster, 'metadata' | 'spec'>,
  app: KubeDirectorApp | undefined,
): ScaleRole {
  const ids = spec.roles.map(({ id }) => id);
  const open = ids.filter((id) => app !== undefined && cardinalityOf(app, id)?.open === true);
  const named = metadata.annotations?.[scaleRoleAnnotation] ?? app?.metadata.annotations?.[scaleRoleAnnotation];
  if (named !== undefined) return { named, open, ...(ids.includes(named) ? { role: named } : {}) };
  const [only, ...others] = open;
  return { open, ...(only === undefined || others.length > 0 ? {} : { role: only }) };
}
