import type { Command, Option } from 'commander';

const head = `# Commands and flags

This page is made from the program by \`npm run generate\`. \`kubedirector COMMAND --help\` prints the same.
[Operations](../operations.md) says when you need which flag.
`;

/** The page of all commands with their arguments and flags. */
export function flagsPage(program: Command): string {
  return `${head}${commandsOf(program)
    .map(({ path, command }) => section(path, command))
    .join('')}`;
}

interface Found {
  readonly path: string;
  readonly command: Command;
}

/** All commands that do something, by the words that name them. */
function commandsOf(command: Command, path = command.name()): readonly Found[] {
  if (command.commands.length === 0) return [{ path, command }];
  return command.commands.flatMap((child) => commandsOf(child, `${path} ${child.name()}`));
}

function section(path: string, command: Command): string {
  const rows = command.options.filter(({ hidden }) => !hidden).map(row);
  const table = rows.length === 0 ? '' : `\n| flag | default | |\n|---|---|---|\n${rows.join('\n')}\n`;
  const args = command.registeredArguments.map((one) => (one.required ? ` <${one.name()}>` : ` [${one.name()}]`));
  return `\n## ${path}\n\n\`${path}${args.join('')}\`: ${sentence(command.description())}\n${table}`;
}

function row(option: Option): string {
  const { defaultValue } = option as { defaultValue?: string | number | boolean | readonly string[] };
  const isNone = defaultValue === undefined || defaultValue === false;
  const shown = option.defaultValueDescription ?? (isNone ? '' : String(defaultValue));
  const choices = option.argChoices === undefined ? '' : ` (one of ${option.argChoices.map(code).join(', ')})`;
  const variable = option.envVar === undefined ? '' : ` (environment: ${code(option.envVar)})`;
  const text = `${cell(option.description)}${choices}${variable}`;
  return `| ${code(option.flags)} | ${shown === '' ? '' : code(shown)} | ${text} |`;
}

const sentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`);
const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll(/\s+/g, ' ');
