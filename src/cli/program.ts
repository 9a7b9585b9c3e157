/** The command line: flags, exit codes, signals. What the commands do is server/'s. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { createLogger, type LogLevel } from '../runtime/logger.ts';
import { ConfigurationError } from '../server/configuration-error.ts';
import { resetPlayground, startPlayground, type RunningPlayground } from '../server/playground.ts';
import { version } from '../server/version.ts';
import { untilSignalled, type SignalSource } from './signals.ts';

/** What the program needs of its process; tests give one of their own. */
export interface Terminal extends SignalSource {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** 0: done; 1: failed while running; 2: the command line or its configuration is wrong, nothing was started. */
export type ExitCode = 0 | 1 | 2;

export const defaultPlaygroundPort = 7443;

interface PlaygroundFlags {
  data: string;
  port: number;
  reset: boolean;
  logLevel: LogLevel;
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) throw new InvalidArgumentError('a port is a number from 0 to 65535');
  return value;
}

/** Runs the program with these arguments (without node and script); never throws. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const program = new Command('kubedirector')
    .description('KubeDirector: complex stateful applications on Kubernetes, as an aggregated API server')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    });
  program
    .command('playground')
    .description('a whole KubeDirector on this machine: its API, simulated workloads, a kubeconfig; no cluster needed')
    .option('--data <dir>', 'folder of its data, certificates and kubeconfig; made if absent', './.kubedirector')
    .option('--port <number>', 'port on 127.0.0.1; 0 takes any free one', port, defaultPlaygroundPort)
    .option('--reset', 'forget everything that is in the data folder first', false)
    .addOption(
      new Option('--log-level <level>', 'JSON lines on standard error')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('warn'),
    )
    .action((flags: PlaygroundFlags) => runPlayground(flags, terminal));
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    return report(error, terminal);
  }
}

function report(error: unknown, terminal: Terminal): ExitCode {
  // commander has printed its own message; help and version are no failures.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const message = error instanceof Error ? error.message : String(error);
  terminal.stderr.write(`kubedirector: ${message}\n`);
  return error instanceof ConfigurationError ? 2 : 1;
}

async function runPlayground(flags: PlaygroundFlags, terminal: Terminal): Promise<void> {
  const options = { directory: flags.data, port: flags.port, logger: createLogger(flags.logLevel) };
  if (flags.reset) await resetPlayground(options);
  const playground = await startPlayground(options);
  terminal.stdout.write(welcome(playground));
  await untilSignalled(terminal);
  terminal.stdout.write('stopping…\n');
  await playground.stop();
}

function welcome({ url, kubeconfig }: RunningPlayground): string {
  return `KubeDirector's playground serves ${url}

  export KUBECONFIG=${kubeconfig}
  kubectl apply -f manifests/examples/spark/            # an application, and a cluster of it
  kubectl get kdcluster -w                              # creating → configured; Ctrl-C ends the watch
  kubectl get statefulsets,pods,services,events
  kubectl describe kdcluster spark
  kubectl scale kdrole/spark.worker --replicas=4
  kubectl get kdroles; kubectl get kdendpoints -o wide
  kubectl delete kdcluster spark

Ctrl-C stops it; it goes on where it was when started again.
`;
}
