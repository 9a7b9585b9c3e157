/** `kubectl kd app`: tools for authors of apps. They need no cluster. */
import { Command, Option } from 'commander';
import { findingText } from './finding.ts';
import { init } from './init.ts';
import { lint } from './lint.ts';

/** What the commands print to, and how they end the program with a status. */
interface PluginTerminal {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  /** 1: the command has found, or met, something wrong. */
  end(exitCode: 1): void;
}

/** `app` with its subcommands. */
export function appCommand(terminal: PluginTerminal): Command {
  const app = new Command('app').description('make and check your own apps; no cluster needed');
  app
    .command('init')
    .description('make the files of a new app, which works as it is, in a new folder')
    .argument('<dir>', 'the folder; the app gets its name')
    .option('--role <id...>', 'roles of the app (default: one, "member")')
    .action((directory: string, { role }: { role?: string[] }) => {
      for (const file of init(directory, role)) terminal.stdout.write(`${file}\n`);
    });
  app
    .command('lint')
    .description('say what the server would refuse, and what often goes wrong')
    .argument('<path>', 'the folder of an app, or the file of an app')
    .addOption(
      new Option('-o, --output <format>', 'how findings are printed').choices(['text', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      '\nExit status: 0 without errors (warnings and hints are none), 1 with errors, 2 for a wrong command line.',
    )
    .action((path: string, { output }: { output: 'text' | 'json' }) => printFindings(path, output, terminal));
  return app;
}

function printFindings(path: string, output: 'text' | 'json', terminal: PluginTerminal): void {
  const { findings } = lint(path);
  if (output === 'json') terminal.stdout.write(`${JSON.stringify({ findings }, undefined, 2)}\n`);
  else for (const finding of findings) terminal.stdout.write(`${findingText(finding)}\n`);
  if (findings.some(({ severity }) => severity === 'error')) terminal.end(1);
}
