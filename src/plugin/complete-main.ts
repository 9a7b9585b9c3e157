#!/usr/bin/env node
/**
 * The program kubectl_complete-kd, which kubectl's completion asks what may come next after `kubectl kd`. Source:
 * https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/
 */
import process from 'node:process';
import { complete, type Completion } from './completion/complete.ts';
import { createProgram } from './program.ts';

process.noDeprecation = true;

const silent = { write: (): boolean => true };
// Nothing of it runs: only its commands and flags are read.
const program = createProgram({
  ...{ stdout: silent, stderr: silent, version: '', guestTools: '', pageFolder: '' },
  end: () => undefined,
  interrupted: () => Promise.resolve(),
  openBrowser: () => Promise.resolve(false),
});

const linesOf = ({ choices, directive }: Completion): string[] => [
  ...choices.map(({ value, description }) => (description === undefined ? value : `${value}\t${description}`)),
  `:${directive}`,
];

try {
  const completion = await complete(program, process.argv.slice(2), async (thing, words) => {
    const { namesFromServer } = await import('./completion/names.ts');
    return namesFromServer(thing, words);
  });
  process.stdout.write(`${linesOf(completion).join('\n')}\n`);
} catch (error) {
  // Shells throw this away; it is for who runs the program to see why there are no names.
  process.stderr.write(`kubectl_complete-kd: ${error instanceof Error ? error.message : String(error)}\n`);
  process.stdout.write(':4\n');
}
