/** Which cluster, and as whom. */
import { existsSync, readFileSync } from 'node:fs';
import { KubeConfig, type Cluster, type User } from '@kubernetes/client-node';

interface KubeConfigOptions {
  /** A kubeconfig file; absent: the service account of the pod that this runs in. */
  readonly kubeconfig?: string;
  /** Of that file, in place of its current-context. */
  readonly context?: string;
}

const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** @throws Error that says what is wrong with the file, or that this is no pod */
export function loadKubeConfig({ kubeconfig, context }: KubeConfigOptions): KubeConfig {
  return kubeconfig === undefined ? loadInCluster() : loadFile(kubeconfig, context);
}

function loadInCluster(): KubeConfig {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  if (!host || !port || !existsSync(serviceAccountToken)) {
    throw new Error('no kubeconfig file is given, and this is no pod with a service account');
  }
  const config = new KubeConfig();
  config.loadFromCluster();
  return config;
}

function loadFile(file: string, context: string | undefined): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (cause) {
    // eslint-disable-next-line preserve-caught-error -- its words may hold tokens
    throw new Error(`the kubeconfig file ${file} cannot be used: ${kubeConfigFailure(cause)}`);
  }
  if (context !== undefined) config.setCurrentContext(context);
  const problem = problemOf(config);
  if (problem !== undefined) throw new Error(`the kubeconfig file ${file} cannot be used: ${problem}`);
  return config;
}

/**
 * Why a kubeconfig could not be read, in words that hold nothing of it: the parser's own show the lines around a mistake,
 * in which there may be tokens and keys. Who throws an error with these words must not give it that one as its cause.
 */
export function kubeConfigFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name !== 'YAMLException') return error.message;
  const mark = 'mark' in error ? error.mark : undefined;
  const line = typeof mark === 'object' && mark !== null && 'line' in mark ? ` (line ${Number(mark.line) + 1})` : '';
  return `it is no valid YAML${line}`;
}

function problemOf(config: KubeConfig): string | undefined {
  const name = config.getCurrentContext() as string | undefined;
  if (!name) return 'it has no current-context';
  const context = config.getContextObject(name);
  if (!context) return `it has no context "${name}"`;
  const cluster = config.getCluster(context.cluster);
  if (!cluster) return `it has no cluster "${context.cluster}"`;
  const user = config.getUser(context.user);
  if (!user) return `it has no user "${context.user}"`;
  return serverProblem(cluster) ?? fileProblem(cluster, user);
}

function serverProblem({ name, server, skipTLSVerify }: Cluster): string | undefined {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined) return `the server of cluster "${name}" is no URL`;
  if (url.protocol === 'https:') return undefined;
  // Without TLS everybody on the way reads the token and may answer: the library asks for it to be said.
  if (url.protocol === 'http:' && skipTLSVerify) return undefined;
  return `the server of cluster "${name}" is no https URL: ${server}`;
}

/** What it names must be there at the start; what becomes of it later is looked at whenever it is used. */
function fileProblem({ caFile }: Cluster, { certFile, keyFile }: User): string | undefined {
  const files = { 'certificate-authority': caFile, 'client-certificate': certFile, 'client-key': keyFile };
  for (const [field, path] of Object.entries(files)) {
    if (!path) continue;
    try {
      readFileSync(path);
    } catch (error) {
      return `${field}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return undefined;
}
