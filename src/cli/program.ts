/** The command line: flags, exit codes. What the commands do is server/'s. */
import { Command, CommanderError } from 'commander';
import { ConfigurationError } from '../server/configuration-error.ts';
import { version } from '../server/version.ts';
import { dataOption } from './data-option.ts';
import { flagValues } from './flag-values.ts';
import { addLogOptions } from './log-options.ts';
import { port } from './numbers.ts';
import { runPlayground, type PlaygroundFlags } from './playground-command.ts';
import { addServeCommand } from './serve-command.ts';
import type { SignalSource } from './signals.ts';
import { addStorageCommand } from './storage-command.ts';

/** One of the process's streams. */
interface Output {
  write(text: string, done?: (error?: Error | null) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** What the program needs of its process; tests give one of their own. */
interface Terminal extends SignalSource {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stdout: Output;
  readonly stderr: Output;
}

/** Files that the program comes with. */
interface ProgramFiles {
  /** The configcli package (.tgz) that serve puts into containers unless it is told otherwise. */
  readonly guestTools?: string;
  /** The folder with the files of the page. */
  readonly page?: string;
}

/** 0: done; 1: failed while running; 2: the command line or its configuration is wrong, nothing was started. */
type ExitCode = 0 | 1 | 2;

const defaultPlaygroundPort = 7443;

/** The longest that Node's timers take. */
const maxTimerMs = 2 ** 31 - 1;

/** Runs the program with these arguments (without node and script); never throws. */
export async function run(args: readonly string[], terminal: Terminal, files: ProgramFiles = {}): Promise<ExitCode> {
  // Whoever read what we print may be gone (`| head`), or have a full disk: no reason to stop serving.
  for (const output of [terminal.stdout, terminal.stderr]) output.on('error', () => undefined);
  // The clock's timers let the process end, and a command waits for them: it must not end in the middle of a stop.
  const stay = setInterval(() => undefined, maxTimerMs);
  try {
    await commandsOf(terminal, files).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    return report(error, terminal);
  } finally {
    clearInterval(stay);
  }
}

/** The program's commands with their flags; nothing runs before they are parsed. */
export function commandsOf(terminal: Terminal, files: ProgramFiles): Command {
  const program = new Command('kubedirector')
    .description('KubeDirector: complex stateful applications on Kubernetes, as an aggregated API server')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain the commands and flags')
    .showHelpAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    });
  const playground = program
    .command('playground')
    .description('a whole KubeDirector on this machine: its API, simulated workloads, a kubeconfig; no cluster needed')
    .addOption(dataOption('folder of its data, certificates and kubeconfig; made if absent'))
    .option('--port <number>', 'port on 127.0.0.1; 0 takes any free one', port, defaultPlaygroundPort)
    .option('--reset', 'forget its data, certificates and kubeconfig first', false);
  addLogOptions(playground, 'text').action((flags: PlaygroundFlags) =>
    runPlayground(
      { ...flags, ...(files.page === undefined ? {} : { pageFolder: files.page }) },
      terminal,
      flagValues(playground),
    ),
  );
  addServeCommand(program, terminal, files);
  addStorageCommand(program, terminal);
  return program;
}

function report(error: unknown, terminal: Terminal): ExitCode {
  // commander has printed its own message; help and version are no failures.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const message = error instanceof Error ? error.message : String(error);
  terminal.stderr.write(`kubedirector: ${message}\n`);
  return error instanceof ConfigurationError ? 2 : 1;
}
