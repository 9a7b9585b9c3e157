/** The command line of `kubectl kd`. */
import { Command } from 'commander';
import { appCommand, type AppCommandContext } from './app/command.ts';
import { clusterCommands } from './clusters/commands.ts';
import type { ClusterCommandsContext } from './clusters/frame.ts';
import { openCommand } from './forward/command.ts';
import { uiCommand, type UiCommandContext } from './ui/command.ts';

/** What the commands use of this machine. */
interface PluginContext extends AppCommandContext, ClusterCommandsContext, UiCommandContext {
  /** Of this program. */
  readonly version: string;
  readonly end: (exitCode: number) => void;
}

/** All commands. Failures to understand the command line are thrown as CommanderError. */
export function createProgram(context: PluginContext): Command {
  const program = new Command('kubectl kd')
    .description('KubeDirector on the command line')
    .helpOption('-h, --help', 'explain the commands and flags')
    .exitOverride();
  const app = appCommand(context);
  const version = new Command('version').description('print the version of this program').action(() => {
    context.stdout.write(`${context.version}\n`);
  });
  const clusters = [...clusterCommands(context), openCommand(context), uiCommand(context), version];
  // Subcommands get the settings of the program only where it makes them itself.
  for (const command of [...clusters, app, ...app.commands]) command.exitOverride();
  for (const command of [...clusters, app]) program.addCommand(command);
  return program;
}
