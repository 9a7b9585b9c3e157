/** One of manifests/examples, as it is, in a namespace of its own. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { clusterOf, eventually, type Cluster, type Shown } from '../../e2e/support/cluster.ts';
import { installation } from '../../e2e/support/installation.ts';
import { group, ofCluster, type ClusterStatus } from '../../e2e/support/samples.ts';

/** A script that prints the limit in bytes, as the container's control group has it. */
export const memoryLimit =
  'cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes';

export type Member = ClusterStatus['roles'][number]['members'][number];

export interface Example {
  readonly cluster: Cluster;
  readonly namespace: string;
  /** `--namespace=…`, for kubectl. */
  readonly inNamespace: string;
  /** In the order of their ordinals; none where the role has none. */
  members(role: string): Promise<readonly Member[]>;
  /** @throws Error where there is none */
  member(role: string, index?: number): Promise<Member>;
  /**
   * Resolves once the cluster is Ready and its roles have these numbers of members, all of them configured.
   * @throws Error, caused by one that says how far they are; at once where a set-up has failed
   */
  ready(expected: Readonly<Record<string, number>>, timeoutMs?: number): Promise<void>;
  scale(role: string, replicas: number): Promise<void>;
  /** Changes fields of one role of the spec. */
  change(role: string, fields: object): Promise<void>;
  /** Changes fields of the spec. */
  patch(spec: object): Promise<void>;
  /** Creates on a subresource of the cluster. */
  call(subresource: 'suspend' | 'resume'): Promise<void>;
  /** Of the whole cluster. */
  pods(): Promise<readonly Shown[]>;
  /** The containers of the role's members that have been set up last, in the order of their ordinals. */
  containers(role: string): Promise<readonly string[]>;
  /** Gives all members other tokens. @returns the one of the role's first member, which is what it is told now */
  renewTokens(role: string): Promise<string>;
  /** Standard output of a bash script in the member's container. @throws Error with its standard error */
  inside(member: Member, script: string): Promise<string>;
  /** The answer of a member's page, through kube-apiserver and the member's Service. @throws Error if it is not 200 */
  page(member: Member, port: number, path: string): Promise<string>;
  /** Ends process 1 of the container, and resolves once another container has been set up. */
  restartContainer(member: Member): Promise<void>;
  /** Deletes the pod, and resolves once another one of its name has been set up. */
  replacePod(member: Member): Promise<void>;
  /** Deletes the cluster, and makes one of the same name when its pods have gone. */
  makeAgain(): Promise<void>;
  /** Deletes the cluster and everything about it. */
  remove(): Promise<void>;
}

interface ShownCluster {
  readonly metadata: { readonly generation: number };
  readonly status?: Omit<ClusterStatus, 'conditions'> & {
    readonly conditions?: readonly { type: string; status: string; observedGeneration?: number; message: string }[];
  };
}

/** A field of the app that is another one in a copy of it, and the copy's name. */
interface Copy {
  readonly name: string;
  readonly spec: object;
}

/**
 * Applies the folder's app and cluster, both of which bear its name.
 * @param copy the cluster begins with this copy of the app
 */
export async function startExample(name: string, copy?: Copy): Promise<Example> {
  const cluster = clusterOf(installation());
  const { ok } = cluster;
  const namespace = await cluster.makeNamespace(name);
  const inNamespace = `--namespace=${namespace}`;
  const folder = `manifests/examples/${name}`;
  await ok('apply', '-f', `${folder}/app.yaml`, inNamespace);
  if (copy === undefined) await ok('apply', '-f', `${folder}/cluster.yaml`, inNamespace);
  else await applyWith(copy);

  async function applyWith({ name: app, spec }: Copy): Promise<void> {
    const documents = ['app', 'cluster'].map(
      (file) => parse(readFileSync(`${folder}/${file}.yaml`, 'utf8')) as { metadata: object; spec: object },
    );
    const [whole, first] = documents;
    const metadata = { name: app, namespace };
    await cluster.apply([
      { ...whole, metadata, spec: { ...whole?.spec, ...spec } },
      { ...first, metadata: { ...first?.metadata, namespace }, spec: { ...first?.spec, app } },
    ]);
  }
  const read = async (): Promise<ShownCluster> => {
    const found = await cluster.read<ShownCluster>('kdcluster', name, inNamespace);
    if (found === undefined) throw new Error(`there is no cluster ${name}`);
    return found;
  };
  const members = async (role: string): Promise<readonly Member[]> =>
    (await read()).status?.roles.find(({ id }) => id === role)?.members ?? [];
  const member = async (role: string, index = 0): Promise<Member> => {
    const found = (await members(role))[index];
    if (found === undefined) throw new Error(`cluster ${name} has no member ${index} of role ${role}`);
    return found;
  };
  /** Of the member's container: undefined until there is a pod of this name. */
  const containerID = async ({ pod }: Member): Promise<string | undefined> => {
    const shown = await cluster.read<{ status?: { containerStatuses?: { containerID?: string }[] } }>(
      ...['pod', pod, inNamespace],
    );
    return shown?.status?.containerStatuses?.[0]?.containerID;
  };
  const setUpAgain = (before: Member): Promise<unknown> =>
    eventually(
      `another container of ${before.pod} to be set up`,
      async () => {
        const { roles = [] } = (await read()).status ?? {};
        const now = roles.flatMap((role) => role.members).find(({ pod }) => pod === before.pod);
        const container = now?.stateDetail?.lastConfiguredContainer;
        if (container === before.stateDetail?.lastConfiguredContainer) throw new Error('it is the same container');
        if (now?.state !== 'configured') throw new Error(`it is ${JSON.stringify(now)}`);
        return container === (await containerID(before));
      },
      400_000,
    );

  const patch = async (spec: object): Promise<void> => {
    const body = JSON.stringify({ spec });
    await ok('patch', `kdcluster/${name}`, '--type=strategic', '-p', body, inNamespace);
  };

  /** Deletes the cluster. The next example needs the memory of its pods. */
  const end = async (): Promise<void> => {
    await ok('delete', 'kdcluster', name, inNamespace, '--timeout=55s');
    const pods = () => cluster.list('pods', ofCluster(name), inNamespace);
    await eventually(`the pods of ${name} to go`, async () => (await pods()).length === 0, 90_000);
  };

  return {
    cluster,
    namespace,
    inNamespace,
    members,
    member,
    async ready(expected, timeoutMs = 400_000) {
      const outcome = await eventually(
        `cluster ${name} to be ready`,
        async () => {
          const shown = await read();
          return failedMembers(shown) ?? isReady(shown, expected);
        },
        timeoutMs,
      );
      if (outcome !== true) throw new Error(`set-ups of cluster ${name} have failed: ${outcome}`);
    },
    async scale(role, replicas) {
      await ok('scale', `kdrole/${name}.${role}`, `--replicas=${replicas}`, inNamespace);
    },
    change: (role, fields) => patch({ roles: [{ id: role, ...fields }] }),
    patch,
    async call(subresource) {
      const path = `/apis/${group}/v1beta1/namespaces/${namespace}/kubedirectorclusters/${name}/${subresource}`;
      await ok('create', '--raw', path, '-f', '/dev/null');
    },
    pods: () => cluster.list('pods', ofCluster(name), inNamespace),
    containers: async (role) =>
      (await members(role)).map(({ stateDetail }) => stateDetail?.lastConfiguredContainer ?? ''),
    async renewTokens(role) {
      const { authToken: old } = await member(role);
      await patch({ authTokensRenewedAt: `${new Date().toISOString().slice(0, 19)}Z` });
      return eventually('another token', async () => {
        const { authToken } = await member(role);
        return authToken !== old && authToken;
      });
    },
    inside: ({ pod }, script) => ok('exec', pod, '-c', 'app', inNamespace, '--', 'bash', '-c', script),
    page: ({ service }, port, path) =>
      ok('get', '--raw', `/api/v1/namespaces/${namespace}/services/http:${service}:${port}/proxy${path}`),
    async restartContainer(restarted) {
      await ok('exec', restarted.pod, '-c', 'app', inNamespace, '--', 'bash', '-c', 'kill -TERM 1');
      await setUpAgain(restarted);
    },
    async replacePod(replaced) {
      await ok('delete', 'pod', replaced.pod, inNamespace, '--timeout=55s');
      await setUpAgain(replaced);
    },
    async makeAgain() {
      await end();
      await ok('apply', '-f', `${folder}/cluster.yaml`, inNamespace);
    },
    async remove() {
      await end();
      await cluster.dropNamespaces(namespace);
    },
  };
}

/** With their output; undefined if there are none. */
function failedMembers({ status }: ShownCluster): string | undefined {
  const members = (status?.roles ?? []).flatMap((role) => role.members);
  const failed = members.filter(({ state }) => state === 'config error');
  return failed.length === 0 ? undefined : JSON.stringify(failed, undefined, 1);
}

/** @throws Error that says what is missing */
function isReady({ metadata, status }: ShownCluster, expected: Readonly<Record<string, number>>): true {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const found = (status?.roles ?? []).map(({ id, members }) => [id, members.map(({ state }) => state)] as const);
  for (const [role, count] of Object.entries(expected)) {
    const states = found.find(([id]) => id === role)?.[1] ?? [];
    if (states.length !== count || states.some((state) => state !== 'configured')) {
      throw new Error(`the members of ${role} are: ${states.join(', ')}; ${ready?.message ?? ''}`);
    }
  }
  if (ready?.status !== 'True' || ready.observedGeneration !== metadata.generation) {
    throw new Error(`it is not Ready: ${JSON.stringify(ready)}; members: ${JSON.stringify(found)}`);
  }
  return true;
}
