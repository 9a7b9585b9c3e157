#!/usr/bin/env node
/** The program kubectl-kd, which kubectl runs as `kubectl kd`. */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { plainLines } from '../view/plain-text.ts';
import { openBrowser } from './forward/browser.ts';
import { createProgram } from './program.ts';

// The client of Kubernetes uses what Node.js warns of; that is nothing for who reads the answer.
process.noDeprecation = true;

// As programs end that are told by a signal: `kubectl kd logs spark | head` needs no more.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(1);
  throw error;
});

const { stdout, env } = process;
const terminal = {
  // Source: https://no-color.org
  hasColours: (env['NO_COLOR'] ?? '') === '',
  size: () => ({ columns: stdout.columns, rows: stdout.rows }),
};
const program = createProgram({
  terminal: stdout.isTTY && env['TERM'] !== 'dumb' ? terminal : undefined,
  ...{ stdout: process.stdout, stderr: process.stderr, version: manifest.version, openBrowser },
  // Beside the program: the build puts them there.
  guestTools: fileURLToPath(new URL('guest-tools.tgz', import.meta.url)),
  pageFolder: fileURLToPath(new URL('page', import.meta.url)),
  end: (exitCode) => {
    process.exitCode = exitCode;
  },
  interrupted: () =>
    new Promise((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    }),
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    process.stderr.write(`kubectl kd: ${plainLines(error instanceof Error ? error.message : String(error))}\n`);
    process.exitCode = 1;
  }
}
