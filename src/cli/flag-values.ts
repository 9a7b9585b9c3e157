import type { Command } from 'commander';

/**
 * The values in use of all flags of a command, by their names without dashes: what /flagz shows. Lists are written as in
 * Go's pflag, "[a,b]"; a flag that was not given and has no default has an empty value.
 */
export function flagValues(command: Command): Record<string, string> {
  const names = command.options.map((option) => [option.attributeName(), nameOf(option.long ?? '')] as const);
  return Object.fromEntries(
    names.map(([key, name]) => [name, textOf(command.getOptionValue(key) as FlagValue | undefined)]),
  );
}

/** What the parsers of our flags make. */
type FlagValue = string | number | boolean | readonly string[];

/** "--no-guest-tools" is the flag guest-tools with the value false. */
function nameOf(long: string): string {
  return long.replace(/^--(no-)?/, '');
}

function textOf(value: FlagValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'object' ? `[${value.join(',')}]` : String(value);
}
