/** Members whose set-ups a test follows. */
import { execFileSync } from 'node:child_process';
import { clusterOf, eventually } from './cluster.ts';
import { installation, testLabel } from './installation.ts';
import { type Members } from './members.ts';
import { sampleCluster, type ClusterOptions } from './samples.ts';
import { serverOf } from './server.ts';

export const cluster = clusterOf(installation());
export const server = serverOf(installation(), cluster);
export const { ok } = cluster;
export let namespace: string;

export function setNamespace(next: string): void {
  namespace = next;
}

export let at: Members;

export function setAt(next: Members): void {
  at = next;
}

export const apply = (options: Omit<ClusterOptions, 'namespace'>) =>
  cluster.apply(sampleCluster({ namespace, ...options }));
export const calls = async (pod: string): Promise<string[]> =>
  (await at.inside(pod, 'cat /var/log/guestconfig/calls')).trim().split('\n');
export const verbs = async (pod: string): Promise<string[]> =>
  (await calls(pod)).map((call) => call.split(' ')[0] ?? '');
export const env = (values: Record<string, string>): object => ({
  env: Object.entries(values).map(([name, value]) => ({ name, value })),
});
/** configmeta.json as a member has it. */
export const document = async <T>(pod: string): Promise<T> =>
  JSON.parse(await at.inside(pod, 'cat /etc/guestconfig/configmeta.json')) as T;

/** Serves /package.tgz, of the package `recorder`, and /file.txt. */
export async function serveFiles(): Promise<string> {
  const tgz = execFileSync('tar', ['-C', 'test/e2e/packages', '-cz', 'recorder']).toString('base64');
  const script = `require('http').createServer((request, response) => {
    const file = '/files' + new URL(request.url, 'http://x').pathname;
    require('fs').readFile(file, (error, content) => { response.writeHead(error ? 404 : 200).end(content); });
  }).listen(8080)`;
  const labels = { app: 'files' };
  const container = {
    ...{ name: 'files', image: process.env['E2E_IMAGE'] ?? 'kd.lab/kubedirector:test' },
    ...{ imagePullPolicy: 'IfNotPresent', command: ['node', '-e', script] },
    volumeMounts: [{ name: 'files', mountPath: '/files' }],
  };
  await cluster.apply([
    {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'files', namespace } },
      ...{ binaryData: { 'package.tgz': tgz }, data: { 'file.txt': 'injected\n' } },
    },
    {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'files', namespace, labels } },
      spec: { containers: [container], volumes: [{ name: 'files', configMap: { name: 'files' } }] },
    },
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'files', namespace } },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    },
  ]);
  await ok('wait', '--for=condition=Ready', 'pod/files', at.inNamespace, '--timeout=55s');
  return `http://files.${namespace}.svc.cluster.local`;
}

export const blockClass = 'kubedirector-e2e-block';
/** Block devices of the node; nobody else may use them. */
export const blockDevices = (process.env['E2E_BLOCK_DEVICES'] ?? '').split(',').filter((path) => path !== '');

/** A volume for each device of the node, and their storage class. */
export function blockVolumes(devices: readonly string[], hostname: string): object[] {
  const labels = { [testLabel]: 'blocks' };
  const here = { key: 'kubernetes.io/hostname', operator: 'In', values: [hostname] };
  const volumes = devices.map((path, index) => ({
    ...{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: `${blockClass}-${index}`, labels } },
    spec: {
      ...{ storageClassName: blockClass, volumeMode: 'Block', accessModes: ['ReadWriteOnce'], local: { path } },
      ...{ capacity: { storage: '1Mi' }, persistentVolumeReclaimPolicy: 'Retain' },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [here] }] } },
    },
  }));
  const storageClass = {
    ...{ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: blockClass, labels } },
    ...{ provisioner: 'kubernetes.io/no-provisioner', volumeBindingMode: 'WaitForFirstConsumer' },
  };
  return [storageClass, ...volumes];
}

/** Waits until the startscript of a cluster's head runs. @returns its pod */
export const configuring = (name: string): Promise<string> =>
  eventually(
    `the configure run of ${name}`,
    async () => {
      const { pod } = await at.member(name);
      return (await verbs(pod)).at(-1) === '--configure' && pod;
    },
    60_000,
  );
