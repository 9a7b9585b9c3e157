/**
 * Credential plugins of a kubeconfig, as client-go runs them. Source:
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import process from 'node:process';
import { isatty } from 'node:tty';
import type { KubeConfig, User } from '@kubernetes/client-node';
import { isJsonObject, type JsonObject } from '../../meta/json.ts';

/** The name under which users have their plugin, so that the library leaves it to us. */
export const execProvider = 'kubectl-kd-exec';

type Authenticator = Parameters<KubeConfig['addAuthenticator']>[0];

const versions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/** What a plugin gives. */
interface Credential {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Milliseconds since 1970; absent: as long as the program runs. */
  readonly until?: number;
}

/** Runs the plugin of the user, and keeps what it gives until that expires. */
export class ExecCredentials implements Authenticator {
  readonly #cluster: () => JsonObject;
  #held: Credential | undefined;

  /** @param cluster the entry of the current cluster, for plugins that ask for it */
  constructor(cluster: () => JsonObject) {
    this.#cluster = cluster;
  }

  isAuthProvider(user: User): boolean {
    const provider: unknown = user.authProvider;
    return isJsonObject(provider) && provider['name'] === execProvider;
  }

  /** @throws Error that says how the plugin failed */
  async applyAuthentication(user: User, options: RequestOptions): Promise<void> {
    const until = this.#held?.until ?? Number.POSITIVE_INFINITY;
    if (this.#held === undefined || until <= Date.now()) this.#held = await runPlugin(pluginOf(user), this.#cluster());
    const { token, cert, key } = this.#held;
    if (cert !== undefined) Object.assign(options, { cert, key });
    if (token !== undefined) Object.assign((options.headers ??= {}), { Authorization: `Bearer ${token}` });
  }
}

function pluginOf({ authProvider }: User): JsonObject {
  const provider: unknown = authProvider;
  const config = isJsonObject(provider) ? provider['config'] : undefined;
  const plugin = isJsonObject(config) ? config['plugin'] : undefined;
  return isJsonObject(plugin) ? plugin : {};
}

async function runPlugin(plugin: JsonObject, cluster: JsonObject): Promise<Credential> {
  const { command, apiVersion, provideClusterInfo } = plugin;
  if (typeof command !== 'string' || command === '')
    throw new Error('a credential plugin of the kubeconfig has no command');
  if (typeof apiVersion !== 'string' || !versions.includes(apiVersion))
    throw new Error(`the credential plugin ${command} has none of the versions ${versions.join(' and ')}`);
  const interactive = isInteractive(plugin, command);
  const spec = { interactive, ...(provideClusterInfo === true ? { cluster: clusterInfo(cluster) } : {}) };
  const info = JSON.stringify({ kind: 'ExecCredential', apiVersion, spec });
  const args = textsOf(plugin['args']);
  const env = { ...process.env, ...variablesOf(plugin['env']), KUBERNETES_EXEC_INFO: info };
  const text = await outputOf(command, args, env, interactive).catch((error: unknown) => {
    const hint = typeof plugin['installHint'] === 'string' ? `\n${plugin['installHint']}` : '';
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isMissing) throw new Error(`the credential plugin ${command} of the kubeconfig is not there${hint}`);
    throw error;
  });
  return credentialOf(text, command, apiVersion);
}

/** Whether it may ask the user. Source: client-go's plugin/pkg/client/auth/exec, isInteractive */
function isInteractive({ interactiveMode = 'IfAvailable' }: JsonObject, command: string): boolean {
  if (interactiveMode === 'Never') return false;
  const hasTerminal = isatty(0);
  if (interactiveMode === 'Always' && !hasTerminal)
    throw new Error(`the credential plugin ${command} wants to ask, and standard input is no terminal`);
  return hasTerminal;
}

/** The same fields as in the kubeconfig, with what its files hold. */
function clusterInfo(cluster: JsonObject): JsonObject {
  const names = ['server', 'tls-server-name', 'insecure-skip-tls-verify', 'certificate-authority-data', 'proxy-url'];
  const info = Object.fromEntries(Object.entries(cluster).filter(([name]) => names.includes(name)));
  const file = cluster['certificate-authority'];
  const extensions = cluster['extensions'];
  const own = (Array.isArray(extensions) ? extensions : []).find(
    (one: unknown): one is JsonObject => isJsonObject(one) && one['name'] === 'client.authentication.k8s.io/exec',
  );
  return {
    ...info,
    ...(typeof file === 'string' && file !== ''
      ? { 'certificate-authority-data': readFileSync(file).toString('base64') }
      : {}),
    ...(own?.['extension'] !== undefined ? { config: own['extension'] } : {}),
  };
}

/** Its standard output. What it has to tell the user is on its standard error. @throws Error where it fails */
function outputOf(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  interactive: boolean,
): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { env, stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
    child.once('error', fail);
    child.once('close', (code, signal) => {
      if (code === 0) done(text);
      else fail(new Error(`the credential plugin ${command} failed with ${signal ?? `exit status ${code}`}`));
    });
  });
}

/** The words of errors must hold nothing of what it gave. */
function credentialOf(text: string, command: string, apiVersion: string): Credential {
  const wrong = (what: string): Error => new Error(`the credential plugin ${command} gave ${what}`);
  const status = statusOf(text, apiVersion);
  if (status === undefined) throw wrong(`no ExecCredential of ${apiVersion}`);
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = status;
  const hasToken = typeof token === 'string' && token !== '';
  const hasCert = typeof cert === 'string' && typeof key === 'string' && cert !== '' && key !== '';
  if (!hasToken && !hasCert) throw wrong('no token, and no certificate with its key');
  const until = typeof expirationTimestamp === 'string' ? Date.parse(expirationTimestamp) : Number.NaN;
  return {
    ...(hasToken ? { token } : {}),
    ...(hasCert ? { cert, key } : {}),
    ...(Number.isNaN(until) ? {} : { until }),
  };
}

function statusOf(text: string, apiVersion: string): JsonObject | undefined {
  try {
    const credential: unknown = JSON.parse(text);
    if (!isJsonObject(credential) || credential['kind'] !== 'ExecCredential') return undefined;
    const { status } = credential;
    return credential['apiVersion'] === apiVersion && isJsonObject(status) ? status : undefined;
  } catch {
    return undefined;
  }
}

const textsOf = (list: unknown): string[] =>
  Array.isArray(list) ? list.filter((one): one is string => typeof one === 'string') : [];

function variablesOf(list: unknown): Record<string, string> {
  const entries = (Array.isArray(list) ? list : []).flatMap((one): [string, string][] => {
    const { name, value } = isJsonObject(one) ? one : {};
    return typeof name === 'string' && typeof value === 'string' ? [[name, value]] : [];
  });
  return Object.fromEntries(entries);
}
