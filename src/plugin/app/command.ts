/** `kubectl kd app`: tools for authors of apps. They are loaded when they are asked for; only push needs a cluster. */
import { existsSync, readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { asking } from '../clusters/frame.ts';
import { findingText } from './finding.ts';
import type { EventResult } from './local-test.ts';
import type { PushFlags } from './push.ts';

/** What the commands print to, and how they end the program with a status. */
export interface AppCommandContext {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  /** The configcli package (.tgz) that members get. */
  readonly guestTools: string;
  /** 1: the command has found, or met, something wrong. */
  end(exitCode: 1): void;
}

/** `app` with its subcommands. */
export function appCommand(context: AppCommandContext): Command {
  const app = new Command('app').description('make, check and publish your own apps');
  app
    .command('init')
    .description('make the files of a new app, which works as it is, in a new folder')
    .argument('<dir>', 'the folder; the app gets its name')
    .option('--role <id...>', 'roles of the app (default: one, "member")')
    .action(async (directory: string, { role }: { role?: string[] }) => {
      const { init } = await import('./init.ts');
      for (const file of init(directory, role)) context.stdout.write(`${file}\n`);
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
    .action((path: string, { output }: { output: 'text' | 'json' }) => printFindings(path, output, context));
  addTest(app, context);
  app.addCommand(pushCommand(context));
  return app;
}

function pushCommand(context: AppCommandContext): Command {
  return asking('push', 'pack the setup package, put it where members can fetch it, and apply the app with its address')
    .argument('<dir>', 'the folder of an app')
    .requiredOption('--to <place>', 'a folder, or an http(s) address that files can be PUT below')
    .option('--url <address>', 'where members find what is there (default: the address of --to)')
    .option('--no-check', 'do not look whether the package can be fetched without credentials')
    .option('--no-apply', 'print the app as YAML, and change nothing in the cluster')
    .option('--force-conflicts', 'also change fields that others have set', false)
    .addHelpText('after', '\nKD_PUSH_AUTHORIZATION: the Authorization header of the PUT, such as "Bearer …".')
    .action(async (directory: string, flags: PushFlags) => {
      const { push } = await import('./push.ts');
      await push(directory, flags, context);
    });
}

interface TestFlags {
  readonly limit: number;
  readonly member?: string;
  readonly event?: string;
  readonly keep: boolean;
}

function addTest(app: Command, context: AppCommandContext): void {
  app
    .command('test')
    .description("run the app's setup package on this machine, in bubblewrap, for every member of cluster.yaml")
    .argument('<dir>', 'the folder of an app')
    .option('--limit <seconds>', 'how long a startscript may run', seconds, 60)
    .option('--member <name>', 'run this member only; the others are in its description of the cluster')
    .option('--event <event>', 'set members up, and tell them of this event only: addnodes, delnodes, reconnect…')
    .option('--keep', "leave the members' files, and say where they are", false)
    .addHelpText('after', testHelp)
    .action(async (directory: string, { limit, keep, member, event }: TestFlags) => {
      const { testLocally } = await import('./local-test.ts');
      const { failed, folder } = await testLocally(directory, {
        ...{ limitSeconds: limit, keep, member, event },
        guestTools: existsSync(context.guestTools) ? readFileSync(context.guestTools) : undefined,
        report: (result) => context.stdout.write(resultText(result)),
      });
      if (folder !== undefined) context.stdout.write(`files of the members: ${folder}\n`);
      if (failed) context.end(1);
    });
}

const testHelp = `
Members are set up as in a cluster, then one more of each role that may grow joins and leaves, then connections change.
A member sees this machine's programs, read-only, and no network but its own. Programs in DIR/stubs come first in its
PATH: put there what stands for programs that only the image has (not curl and tar, which a set-up needs itself).
Exit status: 0 if everything passed or was passed over, 1 if something failed, 2 for a wrong command line.`;

function seconds(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('say a number of seconds');
  return Number(text);
}

function resultText({ member, event, exitCode, seconds: took, outcome, lines }: EventResult): string {
  const status = exitCode === undefined ? 'did not run' : `exit status ${exitCode}`;
  const head = `${outcome.padEnd(11)}  ${member}  ${event}  ${status}  ${took.toFixed(1)} s\n`;
  return head + lines.map((line) => `    ${plain(line)}\n`).join('');
}

/** Scripts may print what a terminal would take for commands. */
const plain = (line: string): string => line.replaceAll(/\p{Cc}/gu, ' ');

async function printFindings(path: string, output: 'text' | 'json', context: AppCommandContext): Promise<void> {
  const { lint } = await import('./lint.ts');
  const { findings } = lint(path);
  if (output === 'json') context.stdout.write(`${JSON.stringify({ findings }, undefined, 2)}\n`);
  else for (const finding of findings) context.stdout.write(`${findingText(finding)}\n`);
  if (findings.some(({ severity }) => severity === 'error')) context.end(1);
}
