/** What `kubectl apply` leaves in an annotation: the file that was applied, word for word. */
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import type { KubeDirectorCluster } from './types.ts';

/** Source: https://kubernetes.io/docs/reference/labels-annotations-taints/#kubectl-kubernetes-io-last-applied-configuration */
export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * The cluster without the values of secretKeys in that annotation; the very same one where it holds none. kubectl
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
  const { spec } = isJsonObject(applied) ? applied : {};
  const roles = isJsonObject(spec) ? list(spec['roles']) : [];
  const holders = roles.flatMap((role) => list(role['secretKeys'])).filter((key) => Object.hasOwn(key, 'value'));
  if (holders.length === 0) return text;
  for (const key of holders) delete key['value'];
  // As kubectl writes it: one line.
  return `${JSON.stringify(applied)}\n`;
}

const list = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);

/** Undefined for what is no JSON, which is then no file that was applied. */
export function parsedApplied(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
