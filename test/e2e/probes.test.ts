/** Probes of roles in StatefulSets of a real kube-apiserver, which fills in their defaults. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually, type Shown } from './support/cluster.ts';
import { installation } from './support/installation.ts';
import { group, sampleApp, sampleCluster } from './support/samples.ts';

const cluster = clusterOf(installation());
const { ok } = cluster;
const why = installation().form === 'node' ? ' (skipped: nothing listens in the image of the members)' : '';
let namespace: string;
const inNamespace = (): string => `--namespace=${namespace}`;

type StatefulSet = Shown & {
  readonly metadata: { readonly generation?: number };
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly Readonly<Record<string, unknown>>[] } };
  };
};

async function headSet(): Promise<StatefulSet> {
  const selector = `${group}/kdcluster=one,${group}/role=head`;
  const [set] = await cluster.list<StatefulSet>('statefulsets', '-l', selector, inNamespace());
  if (set === undefined) throw new Error('the role head has no StatefulSet');
  return set;
}

const roles = (head: object): object => ({
  roles: [
    { id: 'head', cardinality: '1', ...head },
    { id: 'worker', cardinality: '0+' },
  ],
});

const probes = {
  startupProbe: { tcpSocket: { port: 'page' }, failureThreshold: 60, periodSeconds: 0 },
  readinessProbe: { httpGet: { path: '', port: 'page' }, initialDelaySeconds: 0 },
  livenessProbe: { exec: { command: ['/bin/true'] }, timeoutSeconds: 0 },
};

describe.skipIf(why !== '')(`probes of a role${why}`, () => {
  beforeAll(async () => {
    namespace = await cluster.makeNamespace('probes');
    await cluster.apply([
      sampleApp({ namespace, spec: roles(probes) }),
      sampleCluster({ namespace, name: 'one', workers: 1 }),
    ]);
    await ok('wait', '--for=condition=Ready', 'kdcluster/one', inNamespace(), '--timeout=100s');
  });
  afterAll(() => cluster.dropNamespaces(namespace));

  it('are in the StatefulSet with the defaults of Kubernetes, and are not repaired again and again', async () => {
    const before = await headSet();
    expect(before.spec.template.spec.containers[0]).toMatchObject({
      startupProbe: { tcpSocket: { port: 'page' }, failureThreshold: 60, periodSeconds: 10, timeoutSeconds: 1 },
      readinessProbe: { httpGet: { path: '/', port: 'page', scheme: 'HTTP' }, failureThreshold: 3 },
      livenessProbe: { exec: { command: ['/bin/true'] }, timeoutSeconds: 1 },
    });
    await ok('label', 'statefulset', before.metadata.name, 'looked=at', inNamespace());
    await ok('patch', 'kdcluster/one', '--type=merge', '-p', '{"spec":{"serviceType":"NodePort"}}', inNamespace());
    await eventually('the change to be taken in', async () => {
      const found = await cluster.read<{ status: { observedGeneration?: number } }>('kdcluster', 'one', inNamespace());
      return found?.status.observedGeneration === 2;
    });
    expect((await headSet()).metadata.generation).toBe(before.metadata.generation);
  });

  it('make members ready when their node says so', async () => {
    const found = await cluster.read<{ status: { roles: readonly { members: readonly { ready?: boolean }[] }[] } }>(
      'kdcluster',
      'one',
      inNamespace(),
    );
    expect(found?.status.roles.map(({ members }) => members.map(({ ready }) => ready))).toEqual([[true], [true]]);
  });

  it('that name no service of their role are refused', async () => {
    const wrong = sampleApp({
      namespace,
      name: 'wrong',
      spec: roles({ livenessProbe: { tcpSocket: { port: 'mail' } } }),
    });
    await expect(cluster.apply(wrong)).rejects.toThrow(
      'spec.roles[0].livenessProbe.tcpSocket.port: Unsupported value: "mail": supported values: "page"',
    );
  });
});
