/** The commands of `kubectl kd` that go on while something happens. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ConnectionFlags } from './api-client.ts';
import { asking, show, wholeNumber, type ClusterCommandsContext } from './frame.ts';
import { durationOf, goalOf } from './goal.ts';
import type { LogFlags } from './logs.ts';
import type { WaitFlags } from './wait.ts';

/** wait, watch and logs. */
export function liveCommands(context: ClusterCommandsContext): readonly Command[] {
  const { stdout, stderr, terminal } = context;
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
    .action((name: string | undefined, flags: ConnectionFlags) =>
      show(context, async () => (await import('./watch.ts')).watch(name, flags, stdout, terminal)),
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

function parsed<T>(parse: (text: string) => T | undefined): (text: string) => T {
  return (text) => {
    const value = parse(text);
    if (value === undefined) throw new InvalidArgumentError('It is not in a form that is known.');
    return value;
  };
}
