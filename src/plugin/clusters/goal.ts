/** The values of wait's flags. */
import type { KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import type { Goal } from './wait.ts';

/** "configured", "delete", "condition=TYPE" or "condition=TYPE=VALUE", as kubectl wait has them; undefined for others. */
export function goalOf(text: string): Goal | undefined {
  if (text === 'delete') return { text: 'deleted', isGone: true, isReached: (cluster) => cluster === undefined };
  const [, type, value = 'True'] =
    text === 'configured' ? ['', 'Ready'] : (/^condition=([^=]+)(?:=([^=]+))?$/.exec(text) ?? []);
  if (type === undefined) return undefined;
  return {
    text,
    isGone: false,
    isReached: (cluster) => cluster !== undefined && isOfPresentSpec(cluster) && has(cluster, type, value),
  };
}

/** Without case, as kubectl compares them. Source: k8s.io/kubectl/pkg/cmd/wait, ConditionalWait */
function has({ status }: KubeDirectorCluster, type: string, value: string): boolean {
  const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
  return (status?.conditions ?? []).some((one) => same(one.type, type) && same(one.status, value));
}

/** What the controller says of an older spec may be over. */
function isOfPresentSpec({ metadata, status }: KubeDirectorCluster): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}
