/** The commands of `kubectl kd` that go on while something happens. */
import { Option, type Command } from 'commander';
import { durationOf } from './duration.ts';
import { asking, parsed, show, wholeNumber, type ClusterCommandsContext } from './frame.ts';
import { goalOf } from './goal.ts';
import type { LogFlags } from './logs.ts';
import type { WaitFlags } from './wait.ts';
import type { WatchFlags } from './watch.ts';

/** wait, watch and logs. */
export function liveCommands(context: ClusterCommandsContext): readonly Command[] {
  const { stdout, stderr } = context;
  const wait = asking('wait', 'wait for a cluster, and tell its progress; exit status 1 where the time is over')
    .argument('<cluster>')
    .addOption(
      new Option('--for <goal>', 'configured, condition=TYPE[=VALUE] or delete')
        .argParser(parsed(goalOf))
        .default(goalOf('configured'), 'configured'),
    )
    .addOption(
      new Option('--timeout <duration>', 'such as 90s or 1h; 0 looks once')
        .argParser(parsed(durationOf))
        .default(300_000, '5m'),
    )
    .action((name: string, flags: WaitFlags) =>
      show(context, async () => (await import('./wait.ts')).wait(name, flags, stderr)),
    );
  const watch = asking('watch', 'show set-ups and rolls as they go on')
    .argument('[cluster]', 'all of the namespace without it')
    .option('-A, --all-namespaces', 'of all namespaces', false)
    .action((name: string | undefined, flags: WatchFlags) =>
      show(context, async () => (await import('./watch.ts')).watch(name, flags, context)),
    );
  const logs = asking('logs', 'print what the startscripts of all members, or of one, have printed')
    .argument('<cluster>')
    .option('-f, --follow', 'go on with what comes', false)
    .option('--member <pod>', 'of this member only')
    .option('--tail <lines>', 'the last lines of each member', wholeNumber)
    .action((name: string, flags: LogFlags) =>
      show(context, async () => (await import('./logs.ts')).logs(name, flags, stdout)),
    );
  return [wait, watch, logs];
}
