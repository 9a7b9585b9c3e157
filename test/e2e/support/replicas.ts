/** More servers beside the one under test, as processes of this machine, which elect a leader among themselves. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { command, type Command } from '../../support/command.ts';
import type { Cluster } from './cluster.ts';
import { serviceName, systemNamespace, type Installation } from './installation.ts';
import { tokenOf, writeKubeconfig } from './users.ts';

/** One of them. */
export interface Replica {
  readonly command: Command;
  /** Whether it is the one that the Lease names. */
  readonly isNamedBy: (holder: string) => boolean;
  readonly signal: (name: NodeJS.Signals) => void;
}

/** With the rights of the manifests. Each has storage of its own, and serves clusters of one namespace only. */
export async function startReplica(
  { directory }: Installation,
  cluster: Cluster,
  { name, namespace, args = [] }: { name: string; namespace: string; args?: readonly string[] },
): Promise<Replica> {
  const folder = join(directory, name);
  mkdirSync(folder, { recursive: true });
  const kubeconfig = join(folder, 'kubeconfig');
  await writeKubeconfig(kubeconfig, cluster, await tokenOf(cluster, systemNamespace, serviceName, '--duration=1h'));
  const process = command([
    ...['serve', '--data', folder, '--bind-address', '127.0.0.1', '--port', '0', '--kubeconfig', kubeconfig],
    ...['--system-namespace', systemNamespace, '--service-name', serviceName, '--namespaces', namespace],
    ...['--leader-elect', ...args],
  ]);
  await process.printed('waiting for the Lease');
  const [, identity = ''] = /"identity":"([^"]+)","msg":"waiting for the Lease/.exec(process.stderr()) ?? [];
  return {
    command: process,
    isNamedBy: (holder) => holder !== '' && holder === identity,
    signal: (signal) => process.process.kill(signal),
  };
}
