/** Three targets for the same requests: our server, our server behind kube-apiserver, and a CRD. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startEtcd } from '../../support/etcd.ts';
import { readKubeconfig, type Credentials } from '../client.ts';
import { idleApp, idleCluster, loadApp } from '../objects.ts';
import type { Target } from '../requests.ts';
import type { Served } from '../scenario.ts';
import { freePort, nodeFlags } from '../server-process.ts';

export interface ClusterTarget {
  readonly name: string;
  readonly server: Served;
  /** Apps in their own namespace. */
  readonly target: Target;
  /** Clusters in the same namespace. They use the app `idleApp`. */
  readonly clusters: Target;
  readonly idleApp: object;
}

export interface Prepared {
  readonly targets: readonly ClusterTarget[];
  /** Resident megabytes of the program, or of its first replica. */
  memory(): number;
  remove(): Promise<void>;
}

const crdGroup = 'crd.kubedirector.example';
const namespace = 'kubedirector-bench';
/** Our server, our server behind kube-apiserver, and a CRD. */
export const targetNames = ['direct', 'aggregated', 'crd'] as const;
const namespaceOf = (name: string): string => `${namespace}-${name}`;
const kinds = ['KubeDirectorApp', 'KubeDirectorCluster'] as const;
const crdNames = kinds.map((kind) => `${kind.toLowerCase()}s.${crdGroup}`);
const program = fileURLToPath(new URL('kubedirector.js', import.meta.url));

function kubectl(args: readonly string[], input?: string): string {
  const stdio = ['pipe', 'pipe', 'inherit'] as const;
  return execFileSync('kubectl', args, { stdio: [...stdio], input: input ?? '', maxBuffer: 1 << 26 }).toString();
}

const registration = (port: number) => `
apiVersion: v1
kind: Namespace
metadata: {name: ${namespace}}
---
apiVersion: v1
kind: Service
metadata: {name: kubedirector, namespace: ${namespace}}
spec: {type: ExternalName, externalName: localhost, ports: [{port: ${port}}]}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.kubedirector.hpe.com}
spec:
  {group: kubedirector.hpe.com, version: v1beta1, groupPriorityMinimum: 1000, versionPriority: 15,
   service: {name: kubedirector, namespace: ${namespace}, port: ${port}}}
`;

/** The processor time of processes on this machine. */
function cpuSeconds(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ');
    return Number(fields?.[11]) + Number(fields?.[12]);
  });
  return ticks.reduce((sum, one) => sum + one, 0) / 100;
}

/** The process IDs of kube-apiserver and etcd. A program of which this machine does not run exactly one is left out. */
function controlPlane(): number[] {
  return ['kube-apiserver', 'etcd'].flatMap((name) => {
    try {
      const found = execFileSync('pgrep', ['-x', name]).toString().trim().split('\n').map(Number);
      return found.length === 1 ? found : [];
    } catch {
      return [];
    }
  });
}

/** Where the program keeps its data: in a folder, or in this many replicas on an etcd with one member. */
export type Storage = { readonly engine: 'lowdb' } | { readonly engine: 'etcd'; readonly replicas: number };

async function startServer(kubeconfig: string, storage: readonly string[], port: number) {
  const args = [...nodeFlags, program, 'serve', ...storage, '--port', String(port), '--bind-address', '127.0.0.1'];
  const more = ['--kubeconfig', kubeconfig, '--system-namespace', namespace, '--log-level', 'warn'];
  const child = spawn(process.execPath, [...args, ...more], { stdio: ['ignore', 'inherit', 'inherit'] });
  for (let attempt = 0; attempt < 300; attempt++) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    try {
      kubectl(['wait', '--for=condition=Available', 'apiservice/v1beta1.kubedirector.hpe.com', '--timeout=1s']);
      return child;
    } catch {
      await sleep(200);
    }
  }
  throw new Error('the APIService did not become available');
}

/**
 * With several replicas, the first one gets the requests, and the others follow.
 * @param kubeconfig the kubeconfig file of an administrator with a client certificate
 */
export async function prepareTargets(kubeconfig: string, storage: Storage): Promise<Prepared> {
  if (!existsSync(kubeconfig)) throw new Error('KUBECONFIG must name the kubeconfig file of an administrator');
  const admin = readKubeconfig(kubeconfig);
  const directory = mkdtempSync(join(tmpdir(), 'kubedirector-bench-'));
  const port = await freePort();
  kubectl(['apply', '-f', '-'], registration(port));
  for (const name of targetNames) kubectl(['create', 'namespace', namespaceOf(name)]);
  const etcd = storage.engine === 'etcd' ? await startEtcd({ folders: [join(directory, 'etcd')] }) : undefined;
  const flags =
    etcd === undefined ? ['--data', directory] : ['--storage', 'etcd', '--etcd-servers', etcd.endpoints.join()];
  const child = await startServer(kubeconfig, flags, port);
  const followers: ChildProcess[] = [];
  for (let more = 1; storage.engine === 'etcd' && more < storage.replicas; more++) {
    followers.push(await startServer(kubeconfig, flags, await freePort()));
  }
  const crd = execFileSync('node', ['tools/run.js', 'tools/crd.ts', '--group', crdGroup, ...kinds]);
  kubectl(['apply', '--server-side', '-f', '-'], crd.toString());
  kubectl(['wait', '--for=condition=Established', ...crdNames.map((name) => `crd/${name}`)]);
  const { data } = JSON.parse(kubectl(['get', 'secret', '-n', namespace, 'kubedirector-serving', '-o', 'json'])) as {
    data: Record<string, string>;
  };
  const ca = Buffer.from(data['ca.crt'] ?? '', 'base64');
  const direct: Credentials = { ...admin, ca, server: `https://127.0.0.1:${port}` };
  const own = child.pid ?? 0;
  const target = (name: string, group: string, kind: (typeof kinds)[number], make: Target['make']): Target => ({
    path: `/apis/${group}/v1beta1/namespaces/${namespaceOf(name)}/${kind.toLowerCase()}s`,
    make: (name) => ({ ...make(name), apiVersion: `${group}/v1beta1` }),
  });
  type Name = (typeof targetNames)[number];
  const made = (name: Name, credentials: Credentials, group: string, pids: readonly number[]): ClusterTarget => ({
    name,
    server: { credentials, cpuSeconds: () => cpuSeconds(pids) },
    target: target(name, group, 'KubeDirectorApp', loadApp),
    clusters: target(name, group, 'KubeDirectorCluster', idleCluster),
    idleApp: { ...idleApp(), apiVersion: `${group}/v1beta1` },
  });
  return {
    targets: [
      made('direct', direct, 'kubedirector.hpe.com', [own]),
      made('aggregated', admin, 'kubedirector.hpe.com', [own, ...controlPlane()]),
      made('crd', admin, crdGroup, controlPlane()),
    ],
    memory: () => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${own}/status`, 'utf8'))?.[1]) / 1000,
    async remove() {
      const crds = crdNames.map((name) => `crd/${name}`);
      kubectl(['delete', '--ignore-not-found', ...crds, 'apiservice/v1beta1.kubedirector.hpe.com']);
      for (const server of [child, ...followers]) {
        const gone = once(server, 'exit');
        server.kill('SIGTERM');
        await gone;
      }
      await etcd?.stop();
      kubectl(['delete', 'namespace', '--wait=false', namespace, ...targetNames.map(namespaceOf)]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
