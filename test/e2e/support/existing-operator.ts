/** What an existing KubeDirector has left in a cluster: CRDs, objects with their status, and native objects. */
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { eventually, type Cluster, type Shown } from './cluster.ts';
import { guestImage, systemNamespace } from './installation.ts';

const group = 'kubedirector.hpe.com';
const kinds = ['App', 'Cluster', 'Config', 'StatusBackup'];
export const crds = kinds.map((kind) => `kubedirector${kind.toLowerCase()}s.${group}`);

interface Plain {
  readonly kind: string;
  readonly metadata: Record<string, unknown> & { ownerReferences?: { uid: string }[] };
  readonly spec?: Record<string, unknown>;
  readonly status?: { readonly roles: readonly { readonly members: readonly Member[] }[] };
}
interface Items {
  readonly items: readonly Plain[];
}
interface Member {
  readonly pod: string;
  readonly stateDetail: Record<string, unknown>;
}
interface Pod extends Shown {
  readonly status: {
    readonly phase: string;
    readonly containerStatuses?: readonly { readonly containerID?: string; readonly restartCount: number }[];
  };
}

/** With an image that the node has. */
const golden = (file: string): string =>
  readFileSync(`test/testdata/golden/${file}`, 'utf8').replaceAll('kd.test/app:1', guestImage);
const parsed = (file: string): unknown => JSON.parse(golden(file));

/** The scripts are not in the recorded objects. These do the same, as far as it shows in a pod. */
const scripts = {
  postStart:
    'for _ in {1..60}; do [ -s /etc/resolv.conf ] && break; sleep 1; done; ' +
    'search=$(sed "s/^search \\([^ ]*\\)/search KDHS.\\1 \\1/" /etc/resolv.conf); echo "$search" > /etc/resolv.conf',
  init:
    '[ -e /mnt/etc/kubedirector.init ] && exit 0; for folder in etc opt/guestconfig var/log/guestconfig usr/local/bin ' +
    'usr/local/lib data var/lib/app; do mkdir -p /mnt/$folder; [ -d /$folder ] && cp -a /$folder/. /mnt/$folder; done; ' +
    'touch /mnt/etc/kubedirector.init',
};

interface Container {
  readonly lifecycle?: object;
  readonly args?: readonly string[];
}
interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
}

function withScripts(set: Plain): Plain {
  const spec = set.spec as { serviceName: string; template: { spec: PodSpec } };
  const { containers, initContainers } = spec.template.spec;
  const postStart = scripts.postStart.replace('KDHS', spec.serviceName);
  const hook = { postStart: { exec: { command: ['/bin/bash', '-c', postStart] } } };
  const pod = {
    ...spec.template.spec,
    containers: containers.map((one) => ({ ...one, lifecycle: hook })),
    ...(initContainers && { initContainers: initContainers.map((one) => ({ ...one, args: ['-c', scripts.init] })) }),
  };
  return { ...set, spec: { ...spec, template: { ...spec.template, spec: pod } } };
}

function definition(kind: string): object {
  const singular = `kubedirector${kind.toLowerCase()}`;
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${singular}s.${group}` },
    spec: {
      ...{ group, scope: 'Namespaced' },
      names: { plural: `${singular}s`, singular, kind: `KubeDirector${kind}`, listKind: `KubeDirector${kind}List` },
      versions: [
        {
          ...{ name: 'v1beta1', served: true, storage: true, subresources: { status: {} } },
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: open, status: open } } },
        },
      ],
    },
  };
}

const given = ['uid', 'resourceVersion', 'creationTimestamp', 'generation', 'generateName', 'managedFields'];

/** A copy without these fields. */
function without<T extends object>(object: T, ...fields: readonly string[]): T {
  return Object.fromEntries(Object.entries(object).filter(([field]) => !fields.includes(field))) as T;
}

/** Without what another API server has given it. */
function fresh(one: Plain, namespace: string): Plain {
  return { ...one, metadata: { ...without(one.metadata, ...given), namespace } };
}

/** Ports and addresses that the cluster gives. */
function withoutGiven(service: Plain): Plain {
  const { clusterIP, ports } = service.spec as { clusterIP?: string; ports?: readonly object[] };
  const spec = clusterIP === 'None' ? service.spec : without(service.spec ?? {}, 'clusterIP', 'clusterIPs');
  return { ...service, spec: { ...spec, ports: (ports ?? []).map((port) => without(port, 'nodePort')) } };
}

/** The natives of the cluster by kind and name. */
export async function nativesOf(cluster: Cluster, namespace: string): Promise<ReadonlyMap<string, Pod>> {
  const what = 'statefulsets,services,pods,persistentvolumeclaims';
  const items = await cluster.list<Pod>(what, '-n', namespace, '-l', `${group}/kdcluster=sample`);
  return new Map(items.map((item) => [`${item.kind}/${item.metadata.name}`, item]));
}

/** Makes the cluster `sample`, configured, with four members, as the existing operator made it, and the global config. */
export async function installExisting(cluster: Cluster, namespace: string): Promise<void> {
  await cluster.apply(kinds.map(definition));
  await cluster.ok('wait', '--for=condition=Established', ...crds.map((name) => `crd/${name}`), '--timeout=55s');
  await eventually(
    'the CRDs to be served',
    async () => (await cluster.kubectl('get', crds.join(','), '-A')).code === 0,
  );
  const inputs = parseAllDocuments(golden('input.yaml')).map((one) => one.toJS() as Plain);
  const natives = inputs.filter(({ kind }) => kind === 'ConfigMap' || kind === 'Secret');
  const spec = { defaultStorageClassName: 'standard', masterEncryptionKey: '00'.repeat(32) };
  const config = { apiVersion: `${group}/v1beta1`, kind: 'KubeDirectorConfig', spec };
  await cluster.apply([
    ...natives.map((one) => fresh(one, namespace)),
    { ...config, metadata: { name: 'kd-global-config', namespace: systemNamespace } },
  ]);
  const { status, ...sample } = parsed('cluster.json') as Plain;
  await cluster.apply([fresh(parsed('app.json') as Plain, namespace), fresh(sample, namespace)]);
  const { metadata } = (await cluster.read(`${crds[1] ?? ''}/sample`, '-n', namespace)) ?? {};
  const owned = (one: Plain): Plain => {
    const native = without(fresh(one, namespace), 'status');
    const owners = (native.metadata.ownerReferences ?? []).map((owner) => ({ ...owner, uid: metadata?.uid ?? '' }));
    return { ...native, metadata: { ...native.metadata, ownerReferences: owners } };
  };
  await cluster.apply([
    ...(parsed('services.json') as Items).items.map(owned).map(withoutGiven),
    ...(parsed('statefulsets.json') as Items).items.map(owned).map(withScripts),
  ]);
  const pods = await eventually(
    'four members to run',
    async () => {
      const all = [...(await nativesOf(cluster, namespace)).values()].filter(({ kind }) => kind === 'Pod');
      return all.length === 4 && all.every((pod) => pod.status.phase === 'Running') && all;
    },
    90_000,
  );
  const containers = new Map(pods.map((pod) => [pod.metadata.name, containerOf(pod)]));
  for (const { members } of status?.roles ?? []) {
    for (const { pod, stateDetail } of members) stateDetail['lastConfiguredContainer'] = containers.get(pod);
  }
  const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
  await cluster.ok('patch', `${crds[1] ?? ''}/sample`, '-n', namespace, ...patch);
}

/** Simulated nodes give containers no IDs. */
function containerOf({ metadata, status }: Pod): string {
  const [container] = status.containerStatuses ?? [];
  return container?.containerID ?? `pod://${metadata.uid}/${container?.restartCount ?? 0}`;
}
