/** The server under test, to be stopped and started again. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { builtProgram } from '../../support/command.ts';
import { eventually, type Cluster } from './cluster.ts';
import { apiServiceName, serviceName, systemNamespace, type Installation } from './installation.ts';
import { processesOf } from './pod-processes.ts';
import { tokenOf, writeKubeconfig } from './users.ts';

export interface Server {
  /** Resolves once kube-apiserver calls it Available. */
  start(): Promise<void>;
  /**
   * Resolves once it has ended: after its requests (SIGTERM), or at once (SIGKILL). A pod's process is out of reach
   * if the node is not this machine: there the kubelet sends SIGTERM first, about a second before SIGKILL.
   */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** What it has printed since it was started last: its log, and the audit log. */
  log(): Promise<string>;
}

export function serverOf(installation: Installation, cluster: Cluster): Server {
  return installation.form === 'host' ? processServer(installation, cluster) : deploymentServer(cluster);
}

/** The condition alone may be an old one: kube-apiserver looks every few seconds. */
export async function isAvailable(cluster: Cluster): Promise<void> {
  const condition = ['--for=condition=Available', `apiservice/${apiServiceName}`];
  await eventually(
    'kube-apiserver to reach the server',
    async () => {
      await cluster.ok('get', 'kubedirectorapps.kubedirector.hpe.com', '-A');
      await cluster.ok('wait', ...condition, '--timeout=5s');
      return true;
    },
    55_000,
  );
}

/** Form host: where the server sends what its callers want to be traced. */
export function collectorEndpoint({ directory }: Pick<Installation, 'directory'>): string {
  return `unix://${join(directory, 'otlp.sock')}`;
}

function processServer({ directory, port }: Installation, cluster: Cluster): Server {
  const pidFile = join(directory, 'server.pid');
  const logFile = join(directory, 'server.log');
  const kubeconfig = join(directory, 'server.kubeconfig');
  const tracingFile = join(directory, 'tracing.json');
  const args = [
    ...['serve', ...storageFlags(directory), '--bind-address', '127.0.0.1', '--port', String(port)],
    ...['--kubeconfig', kubeconfig, '--system-namespace', systemNamespace, '--service-name', serviceName],
    ...['--audit-policy-file', 'test/e2e/overlays/node/audit-policy.yaml'],
    ...['--tracing-config-file', tracingFile],
    ...['--log-level', process.env['E2E_LOG_LEVEL'] ?? 'info'],
  ];
  const log = (): string => readFileSync(logFile, 'utf8');
  const endpoint = collectorEndpoint({ directory });
  const tracing = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'TracingConfiguration', endpoint };
  return {
    async start() {
      // Only as the service account of the manifests, so that it has the rights that they give.
      const token = await tokenOf(cluster, systemNamespace, serviceName, '--duration=6h');
      await writeKubeconfig(kubeconfig, cluster, token);
      writeFileSync(tracingFile, JSON.stringify(tracing));
      const output = openSync(logFile, 'w');
      // It runs on while tests end, so it belongs to none of them.
      const child = spawn(process.execPath, [builtProgram, ...args], {
        detached: true,
        stdio: ['ignore', output, output],
        cwd: resolve('.'),
      });
      closeSync(output);
      child.unref();
      if (child.pid === undefined) throw new Error(`${builtProgram} could not be started`);
      writeFileSync(pidFile, String(child.pid));
      const { pid } = child;
      await isAvailable(cluster).catch((cause: unknown) => {
        throw new Error(`the server ${isAlive(pid) ? 'is not Available' : 'ended'}:\n${log()}`, { cause });
      });
    },
    async stop(signal) {
      const pid = Number(readFileSync(pidFile, 'utf8'));
      if (pid > 1 && isAlive(pid)) process.kill(pid, signal);
      await eventually('the server to end', () => Promise.resolve(!isAlive(pid)));
    },
    log: () => Promise.resolve(log()),
  };
}

/** A folder, unless E2E_STORAGE says something else. */
function storageFlags(directory: string): string[] {
  const flags = process.env['E2E_STORAGE']?.split(' ');
  return flags ?? ['--data', join(directory, 'data')];
}

/** Also false for a process that has ended and was not waited for. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

const labels = '-l=app.kubernetes.io/name=kubedirector';

function deploymentServer(cluster: Cluster): Server {
  const inSystem = ['-n', systemNamespace];
  const pods = () => cluster.list('pods', labels, ...inSystem);
  const scaleDown = () => cluster.ok('scale', `deployment/${serviceName}`, '--replicas=0', ...inSystem);
  const forceDelete = () => cluster.ok('delete', 'pods', labels, ...inSystem, '--grace-period=0', '--force');

  /** Stopped on the spot, so that it hears nothing of its pod's deletion, without which it would be started again. */
  async function killProcess(): Promise<void> {
    const found = (await pods()).flatMap(({ metadata: { uid } }) => processesOf(uid, 'serve'));
    if (found.length === 0) throw new Error('the process of the server is not on this machine');
    for (const pid of found) process.kill(pid, 'SIGSTOP');
    try {
      await scaleDown();
      await eventually('the pod of the server to be deleted', async () =>
        (await pods()).every(({ metadata }) => metadata.deletionTimestamp !== undefined),
      );
    } finally {
      for (const pid of found) process.kill(pid, 'SIGKILL');
    }
  }

  return {
    async start() {
      await cluster.ok('scale', `deployment/${serviceName}`, '--replicas=1', ...inSystem);
      await cluster.ok('rollout', 'status', `deployment/${serviceName}`, ...inSystem, '--timeout=55s');
      await isAvailable(cluster);
    },
    async stop(signal) {
      if (signal === 'SIGTERM') await scaleDown();
      else if (process.env['KD_LAB'] === undefined) {
        // Not the other way round: scaling down gives the pod its time to end in.
        await forceDelete();
        await scaleDown();
      } else {
        await killProcess();
        // The kubelet, which has told a frozen process to end, would wait for all of its grace period.
        await forceDelete();
      }
      await eventually('the pod of the server to be gone', async () => (await pods()).length === 0);
    },
    log: () => cluster.ok('logs', `deployment/${serviceName}`, ...inSystem),
  };
}
