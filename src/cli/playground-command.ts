/** `kubedirector playground`: starts it, says what to do with it, stops it. */
import { setTimeout as pause } from 'node:timers/promises';
import { createLogger } from '../runtime/logger.ts';
import type { RunningPlayground } from '../server/playground.ts';
import type { LogFlags } from './log-options.ts';
import { aborted } from '../runtime/aborted.ts';
import { abortOnSignal, type SignalSource } from './signals.ts';

/** The flags of `kubedirector playground`, parsed. */
export interface PlaygroundFlags extends LogFlags {
  readonly data: string;
  readonly port: number;
  readonly reset: boolean;
  /** Of the page; absent: it is not served. */
  readonly pageFolder?: string;
}

interface PlaygroundTerminal extends SignalSource {
  readonly stdout: { write(text: string): unknown };
}

/** Milliseconds that a start which is broken off gets to tidy up. Its data are safe without. */
const breakOffMs = 1_500;

/**
 * Resolves once it was stopped, by SIGINT or SIGTERM, also while it starts.
 * @param values of all flags, by name, as text
 * @throws ConfigurationError where it cannot be started
 * @throws StorageLostError where another process has taken its data; all was stopped then
 */
export async function runPlayground(
  flags: PlaygroundFlags,
  terminal: PlaygroundTerminal,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const signal = abortOnSignal(terminal);
  const starting = start(flags, values, signal);
  const late = aborted(signal).then(() => pause(breakOffMs, 'late' as const, { ref: false }));
  const playground = await Promise.race([starting, late]);
  // Reading a large store, or waiting for the lock of a folder that another machine had, cannot be broken off.
  if (playground === 'late') return terminal.exit(0);
  if (playground === undefined) return;
  if (!signal.aborted) terminal.stdout.write(welcome(playground));
  await Promise.race([aborted(signal), playground.lost]);
  terminal.stdout.write('stopping…\n');
  await playground.stop();
}

/** Undefined where the signal aborted before it was ready. */
async function start(
  flags: PlaygroundFlags,
  values: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<RunningPlayground | undefined> {
  // Nothing else, not even --help, needs a simulated Kubernetes.
  const { resetPlayground, startPlayground } = await import('../server/playground.ts');
  const logger = createLogger({ level: flags.logLevel, format: flags.logFormat });
  const page = flags.pageFolder === undefined ? {} : { pageFolder: flags.pageFolder };
  const options = { directory: flags.data, port: flags.port, flags: values, logger, signal, ...page };
  try {
    if (flags.reset) await resetPlayground(options);
    return await startPlayground(options);
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined;
    throw error;
  }
}

function welcome({ url, kubeconfig, viewerKubeconfig, pages }: RunningPlayground): string {
  const page =
    pages === undefined
      ? ''
      : `  ${pages.admin}\n  The page of its clusters, for you only: do not pass this address on.\n\n`;
  return `KubeDirector's playground serves ${url}

${page}  export KUBECONFIG=${shellWord(kubeconfig)}
  kubectl apply -f manifests/examples/spark/            # an application, and a cluster of it
  kubectl get kdcluster -w                              # creating → configured; Ctrl-C ends the watch
  kubectl get statefulsets,pods,services,events
  kubectl describe kdcluster spark
  kubectl scale kdrole/spark.worker --replicas=4
  kubectl get kdroles; kubectl get kdendpoints -o wide
  kubectl delete kdcluster spark

  kubectl --kubeconfig ${shellWord(viewerKubeconfig)} get kdcluster     # a user who may only look
  kubectl --as joe auth can-i --list                    # anybody else, by the roles that you bind

Ctrl-C stops it; it goes on where it was when started again.
`;
}

/** For copying into a shell: quoted where it must be. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
