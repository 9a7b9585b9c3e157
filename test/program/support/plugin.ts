/** `kubectl kd` as a user runs it, with a playground that has the Spark example. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { expect } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { command, type Ended } from '../../support/command.ts';
import { adminOf } from './https.ts';
import { startProgram, type RunningProgram } from './program.ts';

export interface Kubeconfig {
  readonly clusters: readonly [{ readonly name: string; readonly cluster: Readonly<Record<string, unknown>> }];
  readonly users: readonly [{ readonly name: string; readonly user: Readonly<Record<string, string>> }];
  readonly contexts: readonly [{ readonly name: string; readonly context: Readonly<Record<string, string>> }];
  readonly 'current-context': string;
}

export type Env = Readonly<Record<string, string>>;

export interface PluginFixture {
  /** For files of the test. It goes with `stop()`. */
  readonly directory: string;
  readonly server: RunningProgram;
  /** What the playground has written. */
  readonly config: Kubeconfig;
  /** Runs the plugin. Without KUBECONFIG in `env` it has none. */
  run(args: readonly string[], env?: Env): Promise<Ended>;
  /** Runs the plugin as the administrator. */
  kd(...args: string[]): Promise<Ended>;
  /** Writes a kubeconfig into a folder of its own. @returns its path */
  written(name: string, content: object): string;
  stop(): Promise<void>;
}

const plugin = resolve('dist/kubectl-kd.js');
const group = '/apis/kubedirector.hpe.com/v1beta1/namespaces/default';

/** Stores the Spark example, with `serviceName` (the inside of a YAML string) in the place of "Spark master's page". */
async function storeSpark(folder: string, output: string, serviceName: string): Promise<void> {
  const admin = adminOf(folder, output);
  const app = readFileSync('manifests/examples/spark/app.yaml', 'utf8');
  const shown = parse(app.replace("Spark master's page", `"${serviceName}"`)) as object;
  const cluster: unknown = parseAllDocuments(readFileSync('manifests/examples/spark/cluster.yaml', 'utf8'))[0]?.toJS();
  expect((await admin('POST', `${group}/kubedirectorapps`, shown)).status).toBe(201);
  expect((await admin('POST', `${group}/kubedirectorclusters`, cluster)).status).toBe(201);
}

/** Starts a playground, and waits until its cluster `spark` is configured. */
export async function startPluginFixture(serviceName = "Spark master's page"): Promise<PluginFixture> {
  const directory = mkdtempSync(join(tmpdir(), 'kubectl-kd-'));
  const server = await startProgram({ directory: join(directory, 'playground') });
  const run = (args: readonly string[], env: Env = {}): Promise<Ended> =>
    command([plugin, ...args], { executable: process.execPath, env: { HOME: directory, KUBECONFIG: '', ...env } })
      .ended;
  const kd = (...args: string[]): Promise<Ended> => run(args, { KUBECONFIG: server.kubeconfig });
  await storeSpark(join(directory, 'playground'), server.output(), serviceName);
  const { code, stdout, stderr } = await kd('wait', 'spark', '--timeout', '60s');
  expect([code, stdout, stderr]).toEqual([0, 'spark: configured\n', expect.stringContaining('spark: ')]);
  return {
    ...{ directory, server, run, kd },
    config: parse(readFileSync(server.kubeconfig, 'utf8')) as Kubeconfig,
    written(name, content) {
      mkdirSync(join(directory, name));
      const file = join(directory, name, 'config');
      writeFileSync(file, stringify(content));
      return file;
    },
    async stop() {
      await server.stop();
      rmSync(directory, { recursive: true });
    },
  };
}
