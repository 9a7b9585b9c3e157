/**
 * What could come next on a command line of `kubectl kd`. Source: k8s.io/kubectl/pkg/cmd/plugin/plugin_completion.go, and
 * cobra's ShellCompDirective for the numbers.
 */
import type { Argument, Command, Option } from 'commander';
import { readWords, type Words } from './words.ts';

/** A word that could come next. */
export interface Choice {
  readonly value: string;
  readonly description?: string;
}

/** What the shell is to do with the choices: files are offered where there are none, or never. */
const directives = { files: 0, noSpace: 2, noFiles: 4, folders: 16 } as const;

/** What could come next. */
export interface Completion {
  readonly choices: readonly Choice[];
  /** The sum of some directives. */
  readonly directive: number;
}

/** What names there are of a thing, for the words that are there already. Only asked for things that words need. */
export type Names = (thing: Thing, words: Words) => Promise<readonly string[]>;

/** What words of the command line name. */
export type Thing = 'cluster' | 'role' | 'member' | 'service' | 'namespace' | 'context' | 'app';

const things: Readonly<Record<string, Thing>> = {
  cluster: 'cluster',
  role: 'role',
  member: 'member',
  namespace: 'namespace',
  context: 'context',
  app: 'app',
};

/** @param typed all words after `kubectl kd`; the last one is not yet complete */
export async function complete(program: Command, typed: readonly string[], names: Names): Promise<Completion> {
  const last = typed.at(-1) ?? '';
  const { command, rest, isKnown } = commandOf(program, typed.slice(0, -1));
  if (!isKnown) return nothing;
  if (command.commands.length > 0) return chosen(last, last.startsWith('-') ? [] : subcommands(command));
  const words = readWords(command, rest);
  const source = { names, words };
  if (words.pending !== undefined) return optionValues(words.pending, last, source);
  if (!words.areFlagsOver && last.startsWith('-')) {
    const [, name = '', value] = /^(--[^=]+)=(.*)$/s.exec(last) ?? [];
    const option = value === undefined ? undefined : command.options.find(({ long }) => long === name);
    if (value !== undefined) return option === undefined ? nothing : optionValues(option, value, source);
    return chosen(last, flagsOf(command, words));
  }
  const { registeredArguments: expected } = command;
  const argument =
    expected[words.operands.length] ?? (expected.at(-1)?.variadic === true ? expected.at(-1) : undefined);
  return argument === undefined ? nothing : argumentValues(argument, last, source);
}

interface Source {
  readonly names: Names;
  readonly words: Words;
}

const nothing: Completion = { choices: [], directive: directives.noFiles };

function chosen(typed: string, choices: readonly Choice[], directive: number = directives.noFiles): Completion {
  return { choices: choices.filter(({ value }) => value.startsWith(typed)), directive };
}

function commandOf(program: Command, words: readonly string[]) {
  let command = program;
  for (const [index, word] of words.entries()) {
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined) return { command, rest: words.slice(index), isKnown: command.commands.length === 0 };
    command = next;
  }
  return { command, rest: [], isKnown: true };
}

const subcommands = (command: Command): Choice[] =>
  command.commands.map((one) => ({ value: one.name(), description: one.description() }));

function flagsOf({ options }: Command, { used }: Words): Choice[] {
  return options
    .filter((option) => !used.has(option.attributeName()) || isRepeated(option))
    .flatMap(({ long, description }) => (long == null ? [] : [{ value: long, description }]));
}

const isRepeated = (option: Option): boolean => option.variadic || option.attributeName() === 'asGroup';

async function optionValues(option: Option, typed: string, source: Source): Promise<Completion> {
  const name = option.attributeName();
  if (option.argChoices !== undefined) return chosen(typed, option.argChoices.map(choice));
  if (name === 'for') {
    const goals = ['configured', 'delete', 'condition='];
    return chosen(typed, goals.map(choice), 'condition='.startsWith(typed) && typed !== '' ? 6 : directives.noFiles);
  }
  if (name === 'scale') return withRoles(typed, source);
  if (name === 'to') return { choices: [], directive: directives.folders };
  if (['kubeconfig', 'filename'].includes(name)) return { choices: [], directive: directives.files };
  return namesOf(things[name], typed, source);
}

/** ROLE=MEMBERS: only the first part has names. */
async function withRoles(typed: string, source: Source): Promise<Completion> {
  const { choices } = await namesOf('role', typed, source);
  const directive = directives.noSpace + directives.noFiles;
  return { choices: choices.map(({ value }) => choice(`${value}=`)), directive };
}

async function argumentValues(argument: Argument, typed: string, source: Source): Promise<Completion> {
  const name = argument.name();
  if (name === 'dir') return { choices: [], directive: directives.folders };
  if (name === 'path') return { choices: [], directive: directives.files };
  if (name === 'cluster[/service]') return servicesOf(typed, source);
  const completion = await namesOf(things[name], typed, source);
  if (!argument.variadic) return completion;
  // Nobody means the same twice.
  const choices = completion.choices.filter(({ value }) => !source.words.operands.includes(value));
  return { ...completion, choices };
}

/** Clusters, and once there is a slash, the services of the one before it. */
async function servicesOf(typed: string, { names, words }: Source): Promise<Completion> {
  const [, cluster] = /^([^/]+)\//.exec(typed) ?? [];
  if (cluster === undefined) return namesOf('cluster', typed, { names, words });
  const services = await names('service', { ...words, operands: [cluster] });
  return chosen(
    typed,
    services.map((service) => choice(`${cluster}/${service}`)),
  );
}

async function namesOf(thing: Thing | undefined, typed: string, { names, words }: Source): Promise<Completion> {
  if (thing === undefined) return nothing;
  return chosen(typed, (await names(thing, words)).map(choice));
}

const choice = (value: string): Choice => ({ value });
