/** The objects that every cluster has at the start. Only missing objects are created: changes of users are kept. */
import type { Lease, Namespace, Node, Service, StorageClass } from '../apis/kubernetes/types.ts';
import type { ResourceRegistry } from '../apiserver/registry/contract.ts';
import type { KubeObject, Stored } from '../meta/object.ts';
import { isReason } from '../meta/status.ts';
import { kubeTime } from '../meta/kube-time.ts';
import type { Clock } from '../runtime/clock.ts';
import { bootstrapBindings, bootstrapRoles } from './rbac/bootstrap-roles.ts';
import { userRoles } from './rbac/user-roles.gen.ts';
import { viewerBinding } from './rbac/viewer.ts';
import { adminContext } from './simulation/users.ts';
import { seededClasses } from './snapshots/classes.ts';
import type { NativeRegistries } from './simulation/world.ts';
import { defaultClassAnnotation } from './volumes/storage-classes.ts';

/** The Kubernetes version that the playground serves and that nodes report. */
const version = 'v1.37.2';
/** The capacity of each node: enough for a hundred times the whole catalog. */
const capacity = {
  cpu: '2048',
  memory: '16Ti',
  'ephemeral-storage': '64Ti',
  pods: '20k',
  // As the device plugins of NVIDIA and AMD report them. No container really gets a GPU.
  'nvidia.com/gpu': '64',
  'amd.com/gpu': '64',
};

interface SeedOptions {
  readonly native: NativeRegistries;
  readonly clock: Clock;
  /** The port that the server listens on, which is the target port of the `kubernetes` Service. */
  readonly port: number;
  readonly systemNamespace: string;
  readonly signal: AbortSignal;
}

/** The namespace of the Leases of the kubelets. */
const leaseNamespace = 'kube-node-lease';

const namespace = (name: string): Namespace => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

const storageClass: StorageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard', annotations: { [defaultClassAnnotation]: 'true' } },
  provisioner: 'playground.kubedirector.hpe.com/volume',
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'Immediate',
  allowVolumeExpansion: true,
};

const kubernetesService = (port: number): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
  spec: {
    type: 'ClusterIP',
    clusterIP: '10.96.0.1',
    clusterIPs: ['10.96.0.1'],
    ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }],
  },
});

function node(index: number): Node {
  const name = `playground-${index}`;
  const labels = {
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'playground.kubedirector.hpe.com/node': 'simulated',
  };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec: {} };
}

function nodeStatus(index: number, time: string): NonNullable<Node['status']> {
  const condition = (type: string, status: string, reason: string, message: string) => {
    return { type, status, reason, message, lastHeartbeatTime: time, lastTransitionTime: time };
  };
  return {
    addresses: [
      { type: 'InternalIP', address: `192.0.2.${9 + index}` },
      { type: 'Hostname', address: `playground-${index}` },
    ],
    capacity,
    allocatable: capacity,
    conditions: [
      condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
      condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
      condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
      condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
    ],
    nodeInfo: {
      architecture: 'amd64',
      bootID: '',
      containerRuntimeVersion: 'containerd://playground',
      kernelVersion: 'playground',
      kubeProxyVersion: '',
      kubeletVersion: version,
      machineID: '',
      operatingSystem: 'linux',
      osImage: 'KubeDirector playground',
      systemUUID: '',
    },
  };
}

/** The Lease of a node. It is never renewed, because these nodes do not fail. */
function nodeLease({ metadata: { name, uid } }: Stored<Node>, time: string): Lease {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace: leaseNamespace, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }] },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: time },
  };
}

/** Resolves once all objects exist. The caches must be filled before. */
export async function seed({ native, clock, port, systemNamespace, signal }: SeedOptions): Promise<void> {
  const context = adminContext(signal);
  async function ensure<T extends KubeObject>(registry: ResourceRegistry<T>, object: T): Promise<void> {
    const { name = '', namespace: where = '' } = object.metadata;
    if (registry.cache.get(where, name)) return;
    try {
      await registry.create(context, where, object);
    } catch (error) {
      if (!isReason(error, 'AlreadyExists')) throw error;
    }
  }
  const names = new Set(['default', leaseNamespace, 'kube-public', 'kube-system', systemNamespace]);
  await Promise.all([...names].map((name) => ensure(native.namespaces, namespace(name))));
  const accounts = [...names].map((name) =>
    ensure(native.serviceAccounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: name },
    }),
  );
  const nodes = [1, 2].map(async (index) => {
    const wanted = node(index);
    await ensure(native.nodes, wanted);
    const known = native.nodes.cache.get('', wanted.metadata.name ?? '')?.object;
    if (known === undefined) return;
    await ensure(native.leases, nodeLease(known, clock.now().toISOString().replace('Z', '000Z')));
    const { nodeInfo, capacity: shown } = known.status ?? {};
    if (nodeInfo?.kubeletVersion === version && shown?.['nvidia.com/gpu'] !== undefined) return;
    const status = nodeStatus(index, kubeTime(clock.now()));
    const target = { namespace: '', name: known.metadata.name };
    await native.nodes.update(context, target, (now) => ({ ...(now ?? known), status }), { subresource: 'status' });
  });
  await Promise.all([
    ...accounts,
    ...nodes,
    ...[...bootstrapRoles, ...userRoles].map((role) => ensure(native.clusterRoles, role)),
    ...[...bootstrapBindings, viewerBinding].map((binding) => ensure(native.clusterRoleBindings, binding)),
    ensure(native.storageClasses, storageClass),
    ...seededClasses.map((one) => ensure(native.snapshotClasses, one)),
    ensure(native.services, kubernetesService(port)),
  ]);
}
