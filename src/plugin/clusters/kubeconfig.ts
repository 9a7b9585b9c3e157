/** The kubeconfig as kubectl reads it. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { KubeConfig, loadYaml } from '@kubernetes/client-node';
import { kubeConfigFailure } from '../../clients/kubernetes/kube-config.ts';
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import { ExecCredentials, execProvider } from './exec-credentials.ts';

const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';
/** Fields with paths, which are relative to the folder of the file. */
const pathFields = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'];
const kinds = { clusters: 'cluster', users: 'user', contexts: 'context' } as const;
type Kind = keyof typeof kinds;

/** What was read. */
interface Kubeconfig {
  readonly config: KubeConfig;
  /** The entry of the current context's user, as it is in the file. */
  readonly currentUser: () => JsonObject;
}

/** The entries of all files, by name. */
type Entries = Readonly<Record<Kind, Map<string, JsonObject>>> & { currentContext: string | undefined };

/**
 * The files of KUBECONFIG, ~/.kube/config or, in a pod without any of them, its service account. Of entries with the same
 * name the first one counts. Source: client-go's tools/clientcmd/loader.go
 *
 * @param file instead of them
 * @throws Error that says what is wrong, in words that hold no token
 */
export function loadKubeconfig(file: string | undefined): Kubeconfig {
  const entries: Entries = { clusters: new Map(), users: new Map(), contexts: new Map(), currentContext: undefined };
  const files = file === undefined ? defaultFiles().filter((one) => existsSync(one)) : [file];
  try {
    if (files.length === 0) return loadServiceAccount();
    for (const one of files) readFile(one, entries);
    const config = configOf(entries);
    return { config, currentUser: () => entries.users.get(config.getCurrentUser()?.name ?? '') ?? {} };
  } catch (error) {
    // eslint-disable-next-line preserve-caught-error -- its words may hold tokens
    throw new Error(`the kubeconfig cannot be used: ${kubeConfigFailure(error)}`);
  }
}

function defaultFiles(): string[] {
  const named = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter((one) => one !== '');
  return named.length > 0 ? named : [join(homedir(), '.kube', 'config')];
}

function loadServiceAccount(): Kubeconfig {
  if (!existsSync(serviceAccountToken) || process.env['KUBERNETES_SERVICE_HOST'] === undefined)
    throw new Error('there is none; --kubeconfig or KUBECONFIG name a file');
  const config = new KubeConfig();
  config.loadFromCluster();
  return { config, currentUser: () => ({}) };
}

function readFile(file: string, entries: Entries): void {
  const content: unknown = loadYaml(readFileSync(file, 'utf8'));
  // An empty file is no mistake.
  if (!isJsonObject(content)) return;
  const context = content['current-context'];
  if (typeof context === 'string' && context !== '') entries.currentContext ??= context;
  for (const kind of Object.keys(kinds) as Kind[]) {
    const list = content[kind];
    for (const entry of Array.isArray(list) ? list : []) {
      if (!isJsonObject(entry) || typeof entry['name'] !== 'string' || entries[kind].has(entry['name'])) continue;
      const inner = entry[kinds[kind]];
      const known = isJsonObject(inner) ? inner : {};
      entries[kind].set(entry['name'], withAbsolutePaths(known, dirname(resolve(file))));
    }
  }
}

function withAbsolutePaths(entry: JsonObject, folder: string): JsonObject {
  const absolute = Object.entries(entry).map(([field, value]) =>
    pathFields.includes(field) && typeof value === 'string' && value !== ''
      ? [field, resolve(folder, value)]
      : [field, value],
  );
  const result = Object.fromEntries(absolute) as JsonObject;
  const { exec } = result;
  // A plain name is looked up in PATH.
  if (!isJsonObject(exec) || typeof exec['command'] !== 'string' || !/[/\\]/.test(exec['command'])) return result;
  return { ...result, exec: { ...exec, command: resolve(folder, exec['command']) } };
}

function configOf({ clusters, users, contexts, currentContext }: Entries): KubeConfig {
  const config = new KubeConfig();
  const currentCluster = (): JsonObject =>
    clusters.get(config.getContextObject(config.getCurrentContext())?.cluster ?? '') ?? {};
  config.addAuthenticator(new ExecCredentials(currentCluster));
  const list = (kind: Kind, entries: ReadonlyMap<string, JsonObject>, change = (entry: JsonObject) => entry) =>
    [...entries].map(([name, entry]) => ({ name, [kinds[kind]]: change(entry) }));
  config.loadFromString(
    JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': currentContext ?? '' },
      clusters: list('clusters', clusters, clusterForLibrary),
      users: list('users', users, userForLibrary),
      contexts: list('contexts', contexts),
    }),
  );
  return config;
}

/** The library wants to hear that there is no TLS to verify. */
function clusterForLibrary(cluster: JsonObject): JsonObject {
  const { server } = cluster;
  const isPlain = typeof server === 'string' && server.startsWith('http:');
  return isPlain ? { ...cluster, 'insecure-skip-tls-verify': true } : cluster;
}

/**
 * The library does not know `tokenFile`, and hides from users what credential plugins tell them. A file's token takes
 * precedence. Source: client-go's tools/clientcmd/api/types.go
 */
function userForLibrary({ exec, tokenFile, token, ...user }: JsonObject): JsonObject {
  if (typeof tokenFile === 'string' && tokenFile !== '')
    return { ...user, 'auth-provider': { name: 'tokenFile', config: { tokenFile } } };
  if (isJsonObject(exec)) return { ...user, 'auth-provider': { name: execProvider, config: { plugin: exec } } };
  return token === undefined ? user : { ...user, token };
}
