#!/usr/bin/env node
/** The program kubectl-kd, which kubectl runs as `kubectl kd`. */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { appCommand } from './app/command.ts';
import { clusterCommands } from './clusters/commands.ts';
import { openBrowser } from './forward/browser.ts';
import { openCommand } from './forward/command.ts';
import { uiCommand } from './ui/command.ts';

// The client of Kubernetes uses what Node.js warns of; that is nothing for who reads the answer.
process.noDeprecation = true;

// As programs end that are told by a signal: `kubectl kd logs spark | head` needs no more.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(1);
  throw error;
});

const program = new Command('kubectl kd')
  .description('KubeDirector on the command line')
  .helpOption('-h, --help', 'explain the commands and flags')
  .exitOverride();
// Subcommands get the settings of the program only where it makes them itself.
const { stdout, env } = process;
const terminal = {
  // Source: https://no-color.org
  hasColours: (env['NO_COLOR'] ?? '') === '',
  size: () => ({ columns: stdout.columns, rows: stdout.rows }),
};
const context = {
  terminal: stdout.isTTY && env['TERM'] !== 'dumb' ? terminal : undefined,
  ...{ stdout: process.stdout, stderr: process.stderr },
  // Beside the program: the build puts it there.
  guestTools: fileURLToPath(new URL('guest-tools.tgz', import.meta.url)),
  end: (exitCode: number) => {
    process.exitCode = exitCode;
  },
};
const interrupted = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
const pageFolder = fileURLToPath(new URL('page', import.meta.url));
const ports = { ...context, interrupted, openBrowser, pageFolder };
const app = appCommand(context);
const version = new Command('version').description('print the version of this program').action(() => {
  process.stdout.write(`${manifest.version}\n`);
});
const clusters = [...clusterCommands(context), openCommand(ports), uiCommand(ports), version];
for (const command of [...clusters, app, ...app.commands]) command.exitOverride();
for (const command of [...clusters, app]) program.addCommand(command);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    process.stderr.write(`kubectl kd: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
