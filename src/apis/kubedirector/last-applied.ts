/** What `kubectl apply` leaves in an annotation: the file that was applied, word for word. */
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import type { KubeDirectorCluster } from './types.ts';

/**
 * Source:
 * https://kubernetes.io/docs/reference/labels-annotations-taints/#kubectl-kubernetes-io-last-applied-configuration
 */
export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * The cluster without the secrets in that annotation: values of secretKeys and, where an exported cluster was applied,
 * the auth tokens of its members' status. The very same cluster where the annotation holds none. kubectl
 * takes the annotation for what was there before, to find what has been removed since: a value that is absent there
 * and in the stored spec is sent again with every apply, where it compares equal to the encrypted one.
 */
export function withoutAppliedSecrets(cluster: KubeDirectorCluster): KubeDirectorCluster {
  const { annotations } = cluster.metadata;
  const applied = annotations?.[lastAppliedAnnotation];
  if (applied === undefined) return cluster;
  const blanked = withoutSecrets(applied);
  if (blanked === applied) return cluster;
  const metadata = { ...cluster.metadata, annotations: { ...annotations, [lastAppliedAnnotation]: blanked } };
  return { ...cluster, metadata };
}

function withoutSecrets(text: string): string {
  const applied = parsedApplied(text);
  const { spec, status } = isJsonObject(applied) ? applied : {};
  const values = rolesOf(spec).flatMap((role) => taken(list(role['secretKeys']), 'value'));
  const tokens = rolesOf(status).flatMap((role) => taken(list(role['members']), 'authToken'));
  if (values.length + tokens.length === 0) return text;
  // As kubectl writes it: one line.
  return `${JSON.stringify(applied)}\n`;
}

const rolesOf = (part: unknown): JsonObject[] => (isJsonObject(part) ? list(part['roles']) : []);

/** Takes the field away from those that have it, and says which these are. */
function taken(holders: readonly JsonObject[], field: string): readonly JsonObject[] {
  const having = holders.filter((holder) => Object.hasOwn(holder, field));
  for (const holder of having) Reflect.deleteProperty(holder, field);
  return having;
}

const list = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);

/** Undefined if it is not JSON, and so not a file that was applied. */
export function parsedApplied(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
