/** The members of clusters in one namespace, and what is in their containers. */
import type { Cluster } from './cluster.ts';
import type { ClusterStatus } from './samples.ts';

export type Member = ClusterStatus['roles'][number]['members'][number];

export interface Members {
  readonly inNamespace: string;
  /** Resolves once the cluster's condition Ready is true. */
  ready(cluster: string): Promise<unknown>;
  statusOf(cluster: string): Promise<ClusterStatus>;
  /** @throws Error where there is none */
  member(cluster: string, role?: string, index?: number): Promise<Member>;
  /** What a script printed in a container `app`. */
  inside(pod: string, script: string): Promise<string>;
}

export function membersIn(namespace: string, cluster: Cluster): Members {
  const inNamespace = `--namespace=${namespace}`;
  const statusOf = async (name: string): Promise<ClusterStatus> => {
    const found = await cluster.read<{ status?: ClusterStatus }>('kdcluster', name, inNamespace);
    return found?.status ?? { state: '', roles: [] };
  };
  return {
    inNamespace,
    statusOf,
    ready: (name) => cluster.ok('wait', '--for=condition=Ready', `kdcluster/${name}`, inNamespace, '--timeout=55s'),
    async member(name, role = 'head', index = 0) {
      const found = (await statusOf(name)).roles.find(({ id }) => id === role)?.members[index];
      if (found === undefined) throw new Error(`cluster ${name} has no member ${index} of role ${role}`);
      return found;
    },
    inside: (pod, script) => cluster.ok('exec', pod, '-c', 'app', inNamespace, '--', 'bash', '-c', script),
  };
}
