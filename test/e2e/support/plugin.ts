/** The plugin of kubectl, as it was built, with the rights of a service account. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { command, type Command } from '../../support/command.ts';
import type { Cluster } from './cluster.ts';
import { installation } from './installation.ts';
import { tokenOf, writeKubeconfig } from './users.ts';

export interface Account {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly name: string;
}

/** Runs in the account's namespace, at most until the test has finished. */
export async function plugin({ cluster, namespace, name }: Account, ...args: readonly string[]): Promise<Command> {
  const file = join(installation().directory, `${namespace}.${name}.kubeconfig`);
  await writeKubeconfig(file, cluster, await tokenOf(cluster, namespace, name));
  const words = ['dist/kubectl-kd.js', ...args, '--kubeconfig', file, '--namespace', namespace];
  const running = command(words, { executable: process.execPath });
  onTestFinished(() => void running.process.kill('SIGKILL'));
  return running;
}

/** The address that `kubectl kd open` prints for a browser. */
export async function openedAddress(opened: Command): Promise<string> {
  await opened.printed('(Ctrl-C ends it)');
  return /http:\S+/.exec(opened.stdout())?.[0] ?? '';
}
