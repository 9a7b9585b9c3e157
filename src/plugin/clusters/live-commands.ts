/** The commands of `kubectl kd` that go on while something happens. */
import type { Command } from 'commander';
import { asking, show, wholeNumber, type ClusterCommandsContext } from './frame.ts';
import type { LogFlags } from './logs.ts';

/** logs. */
export function liveCommands(context: ClusterCommandsContext): readonly Command[] {
  const logs = asking('logs', 'print what the startscripts of all members, or of one, have printed')
    .argument('<cluster>')
    .option('-f, --follow', 'go on with what comes', false)
    .option('--member <pod>', 'of this member only')
    .option('--tail <lines>', 'the last lines of each member', wholeNumber)
    .action((name: string, flags: LogFlags) =>
      show(context, async () => (await import('./logs.ts')).logs(name, flags, context.stdout)),
    );
  return [logs];
}
