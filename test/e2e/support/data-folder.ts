/** The data of a server that is stopped, and the commands of docs/migrate.md on them: on this machine, or in a pod. */
import { readFileSync } from 'node:fs';
import { command } from '../../support/command.ts';
import { eventually, type Cluster } from './cluster.ts';
import { serviceName, systemNamespace, type Installation } from './installation.ts';

export interface DataFolder {
  /** Makes it empty; what is in it is kept aside. */
  open(): Promise<void>;
  /** Runs `kubedirector storage VERB`. @param file path of what it reads. @throws Error with what it printed if it fails */
  storage(verb: string, file?: string): Promise<string>;
  /** To be called before the server starts. */
  release(): Promise<void>;
  /** Puts back what was there before `open`. */
  restore(): Promise<void>;
}

/** @param directory of the server on this machine, in form host; there is nothing in it yet */
export function dataFolderOf(installation: Installation, cluster: Cluster, directory: string): DataFolder {
  return installation.form === 'host' ? folderHere(directory) : folderInPod(cluster);
}

function folderHere(directory: string): DataFolder {
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    ...{ open: nothing, release: nothing, restore: nothing },
    async storage(verb, file) {
      const input = file === undefined ? [] : [file];
      return ended(await command(['storage', verb, ...input, '--data', directory]).ended);
    },
  };
}

function ended({ code, stdout, stderr }: { code: number | null; stdout: string; stderr: string }): string {
  if (code !== 0) throw new Error(`the command ended with ${code ?? 'a signal'}: ${stderr}${stdout}`);
  return stdout + stderr;
}

const root = '/var/lib/kubedirector';
const podName = 'kubedirector-data';

interface Deployment {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly object[] } } };
}

/** The volume of the installed server, in a pod of the same specification that does nothing. */
function folderInPod(cluster: Cluster): DataFolder {
  const inSystem = ['-n', systemNamespace];
  const inPod = (...args: readonly string[]) => cluster.kubectl('exec', podName, ...inSystem, '--', ...args);
  const reading = (input: string, ...args: readonly string[]) =>
    cluster.kubectl.withInput(input, 'exec', '-i', podName, ...inSystem, '--', ...args);

  async function makePod(): Promise<void> {
    const found = await cluster.read<Deployment>(`deployment/${serviceName}`, ...inSystem);
    const { containers = [], ...spec } = found?.spec.template.spec ?? {};
    const [container] = containers;
    const command = ['node', '-e', 'setInterval(() => {}, 1 << 30)'];
    const probes = { startupProbe: null, livenessProbe: null, readinessProbe: null };
    const idle = { ...container, ...probes, command, args: [] };
    await cluster.apply({
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: podName, namespace: systemNamespace } },
      spec: { ...spec, containers: [idle], terminationGracePeriodSeconds: 0 },
    });
    await cluster.ok('wait', '--for=condition=Ready', `pod/${podName}`, ...inSystem, '--timeout=55s');
  }

  async function release(): Promise<void> {
    await cluster.ok('delete', 'pod', podName, ...inSystem, '--ignore-not-found', '--timeout=55s');
    const isGone = async (): Promise<boolean> => (await cluster.read(`pod/${podName}`, ...inSystem)) === undefined;
    await eventually('the pod with the data to be gone', isGone);
  }

  /** The image has no shell. */
  async function onFiles(script: string): Promise<void> {
    ended(await inPod('node', '-e', `const fs = require('fs'); process.chdir('${root}'); ${script}`));
  }

  return {
    async open() {
      await makePod();
      await onFiles("fs.renameSync('data', 'data.kept')");
    },
    async storage(verb, file) {
      const program = ['kubedirector', 'storage', verb];
      const data = ['--data', root];
      if (file === undefined) return ended(await inPod(...program, ...data));
      return ended(await reading(readFileSync(file, 'utf8'), ...program, '-', ...data));
    },
    release,
    async restore() {
      await makePod();
      const back = "fs.rmSync('data', { recursive: true, force: true }); fs.renameSync('data.kept', 'data')";
      await onFiles(`if (fs.existsSync('data.kept')) { ${back} }`);
      await release();
    },
  };
}
