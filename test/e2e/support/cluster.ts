/** The cluster under test, by kubectl as its administrator. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { command, type Command } from '../../support/command.ts';
import { kubectlOf, type Kubectl } from '../../support/kubectl.ts';
import { kubeconfig, systemNamespace, testLabel, type Installation } from './installation.ts';

/** As much of an object as tests look at. */
export interface Shown {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly { readonly uid: string; readonly name: string; readonly kind: string }[];
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

export interface Cluster {
  readonly kubectl: Kubectl;
  /** Standard output. @throws Error with what kubectl printed where it failed */
  readonly ok: (...args: readonly string[]) => Promise<string>;
  /** Applies these objects, into their own namespaces or this one. */
  apply(objects: object | readonly object[], ...args: readonly string[]): Promise<string>;
  /** `kubectl get … -o json` of one object; undefined where there is none. */
  read<T = Shown>(...args: readonly string[]): Promise<T | undefined>;
  list<T = Shown>(...args: readonly string[]): Promise<readonly T[]>;
  /** Makes a namespace for the test, which must drop it at the end. */
  makeNamespace(purpose: string): Promise<string>;
  /** Ends without waiting for the namespaces to be gone. */
  dropNamespaces(...names: readonly string[]): Promise<void>;
  /** kubectl that goes on until it is killed: watches. */
  running(...args: readonly string[]): Command;
}

export function clusterOf({ directory }: Pick<Installation, 'directory'>): Cluster {
  const file = kubeconfig();
  const cache = join(directory, 'kubectl-cache');
  const kubectl = kubectlOf('kubectl', file, cache);
  const ok = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await kubectl(...args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  };
  return {
    kubectl,
    ok,
    async apply(objects, ...args) {
      const items = Array.isArray(objects) ? objects : [objects];
      const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
      const { code, stdout, stderr } = await kubectl.withInput(text, 'apply', '-f', '-', ...args);
      if (code !== 0) throw new Error(`kubectl apply ended with ${code}: ${stderr}${stdout}`);
      return stdout;
    },
    async read<T>(...args: readonly string[]) {
      const text = await ok('get', ...args, '--ignore-not-found', '-o', 'json');
      return text === '' ? undefined : (JSON.parse(text) as T);
    },
    async list<T>(...args: readonly string[]) {
      return (JSON.parse(await ok('get', ...args, '-o', 'json')) as { items: readonly T[] }).items;
    },
    async makeNamespace(purpose) {
      const name = `e2e-${purpose}-${randomBytes(3).toString('hex')}`;
      await ok('create', 'namespace', name);
      await ok('label', 'namespace', name, `${testLabel}=${purpose}`);
      // kube-controller-manager makes it; pods cannot be made before.
      await eventually(
        `the default service account of ${name}`,
        async () => (await kubectl('get', 'serviceaccount', 'default', '-n', name)).code === 0,
      );
      return name;
    },
    async dropNamespaces(...names) {
      if (names.length > 0) await ok('delete', 'namespace', ...names, '--wait=false', '--ignore-not-found');
    },
    running: (...args) => command(['--kubeconfig', file, '--cache-dir', cache, ...args], { executable: 'kubectl' }),
  };
}

/** The global config stays while there is a cluster anywhere, for example in a namespace of an earlier suite that is being deleted. */
export async function dropConfig({ ok }: Cluster): Promise<void> {
  await eventually(
    'the global config to go',
    async () => {
      await ok('delete', 'kdconfig', '--all', '-n', systemNamespace);
      return true;
    },
    90_000,
  );
}

/**
 * Resolves with the first answer that is neither undefined nor false, asking four times a second. If it throws, it is asked
 * again.
 * @throws Error that says what did not happen, caused by the last error
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > deadline) throw new Error(`after ${timeoutMs / 1000} s still waiting for ${what}`, { cause });
    await sleep(250);
  }
}
