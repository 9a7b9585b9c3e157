/** What all commands that ask a server have in common. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { plainLines } from '../../view/plain-text.ts';
import { requestTimeoutOf } from './duration.ts';

/** Where text goes. */
export interface Output {
  write(text: string): unknown;
}

/** A terminal that can draw over what it shows. */
export interface Terminal {
  readonly hasColours: boolean;
  /** In characters. It changes with the window. */
  readonly size: () => { readonly columns: number; readonly rows: number };
}

/** Where commands print, and how they say how it went. */
export interface ClusterCommandsContext {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Absent where stdout is none: there are lines only. */
  readonly terminal?: Terminal | undefined;
  /** 0: done; 1: failed, or `doctor` has found an error. */
  readonly end: (exitCode: number) => void;
}

/** What a command has to say at its end. */
export interface Printed {
  readonly text: string;
  /** Warnings of the server: printed beside the text, to the other output. */
  readonly warnings?: readonly string[];
  /** False where something is wrong with what was asked about. */
  readonly isWell?: boolean;
}

/** Prints what the work gives; its failures are told in one line, without escape sequences of servers. */
export async function show(
  { stdout, stderr, end }: ClusterCommandsContext,
  work: () => Promise<Printed>,
): Promise<void> {
  try {
    const { text, warnings = [], isWell = true } = await work();
    for (const warning of warnings) stderr.write(`Warning: ${plainLines(warning)}\n`);
    stdout.write(text);
    end(isWell ? 0 : 1);
  } catch (error) {
    stderr.write(`kubectl kd: ${plainLines(error instanceof Error ? error.message : String(error))}\n`);
    end(1);
  }
}

/** Tells that the server is asked again and again. */
export const tellTrouble =
  (stderr: Output) =>
  (problem: string): void =>
    void stderr.write(`Warning: ${plainLines(problem)}; trying again\n`);

/** A command with the flags of kubectl that say which server is asked, and as whom. */
export function asking(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--kubeconfig <file>', 'instead of KUBECONFIG and ~/.kube/config')
    .option('--context <name>', 'of the kubeconfig, instead of its current one')
    .option('-n, --namespace <name>', "instead of the context's")
    .option('--as <user>', 'ask as another user, if you may')
    .option('--as-group <group>', 'a group of that user; may be repeated', repeated)
    .option('--as-uid <uid>', 'the UID of that user')
    .addOption(
      new Option('--request-timeout <duration>', 'for one answer of the server, such as 5s or 1m; 0: no limit')
        .argParser(parsed(requestTimeoutOf))
        .default(0, '0'),
    );
}

/** The same, with -o. @param forms that it has beside text, json and yaml */
export function printing(name: string, description: string, ...forms: ('name' | 'wide')[]): Command {
  const choices = ['text', 'json', 'yaml', ...forms];
  return asking(name, description).addOption(
    new Option('-o, --output <form>', 'json and yaml are for programs').choices(choices).default('text'),
  );
}

/** The values of a flag that may be there several times. */
function repeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** A parser for commander, of one that gives undefined for what it does not know. */
export function parsed<T>(parse: (text: string) => T | undefined): (text: string) => T {
  return (text) => {
    const value = parse(text);
    if (value === undefined) throw new InvalidArgumentError('It is not in a form that is known.');
    return value;
  };
}

/** The value of a flag or argument that counts. @throws InvalidArgumentError */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
