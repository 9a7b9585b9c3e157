/** Helm and kubectl as commands, and the objects that they print. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { built, missingTools } from '../../clients/support/program.ts';
import { helm } from '../../clients/support/sources.ts';
import { command, type Ended } from '../../support/command.ts';
import { kubectls } from '../../support/kubectl.ts';

export const chart = resolve('manifests/chart');
const namespace = 'kubedirector';

export interface Shown {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** Why the tests cannot run here, for their name; undefined where they can. */
export function whyNot(): string | undefined {
  return missingTools(helm) ?? (kubectls()[0] === undefined ? 'needs kubectl' : undefined);
}

export interface Tools {
  /** Helm in the namespace `kubedirector`; a later `--namespace` names another. */
  helm(...args: readonly string[]): Promise<Ended>;
  kubectl(...args: readonly string[]): Promise<Ended>;
  /** What the chart makes with these values, without hooks. */
  render(...args: readonly string[]): Promise<readonly Shown[]>;
  remove(): void;
}

/** Builds Helm if it has to. */
export async function makeTools(): Promise<Tools> {
  const executable = join(await built(helm), 'helm');
  const home = mkdtempSync(join(tmpdir(), 'kubedirector-chart-'));
  const env = { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  const run: Tools['helm'] = (...args) => command(['--namespace', namespace, ...args], { executable, env }).ended;
  return {
    helm: run,
    kubectl: (...args) => command(args, { executable: kubectls()[0] ?? 'kubectl' }).ended,
    async render(...args) {
      return objectsOf(await run('template', 'kubedirector', chart, '--no-hooks', ...args));
    },
    remove() {
      rmSync(home, { recursive: true });
    },
  };
}

/** @throws Error with what the command printed, where it failed */
export function objectsOf(ended: Ended): readonly Shown[] {
  return parseAllDocuments(outputOf(ended))
    .map((document) => document.toJS() as Shown | null)
    .filter((object) => object !== null);
}

/** @throws Error with what the command printed, where it failed */
export function outputOf({ code, stdout, stderr }: Ended): string {
  if (code !== 0) throw new Error(`the command ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

export const nameOf = ({ kind, metadata }: Shown): string => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
