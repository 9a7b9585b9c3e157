#!/usr/bin/env node
/** The program kubectl-kd, which kubectl runs as `kubectl kd`. */
import process from 'node:process';
import { Command, CommanderError } from 'commander';
import { appCommand } from './app/command.ts';

const program = new Command('kubectl kd')
  .description('KubeDirector on the command line')
  .helpOption('-h, --help', 'explain the commands and flags')
  .exitOverride();
// Subcommands get the settings of the program only where it makes them itself.
const app = appCommand({
  ...{ stdout: process.stdout, stderr: process.stderr },
  end: (exitCode) => {
    process.exitCode = exitCode;
  },
});
for (const command of [app, ...app.commands]) command.exitOverride();
program.addCommand(app);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    process.stderr.write(`kubectl kd: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
