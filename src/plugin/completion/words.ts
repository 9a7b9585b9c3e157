/** Words of a command line that is still being typed. */
import type { Command, Option } from 'commander';

/** What the complete words say. */
export interface Words {
  /** Words that are neither flags nor their values. */
  readonly operands: readonly string[];
  /** Values of flags, by commander's attribute names. */
  readonly values: Readonly<Record<string, string>>;
  /** Attribute names of all flags that are there. */
  readonly used: ReadonlySet<string>;
  /** The flag whose value comes next. */
  readonly pending: Option | undefined;
  /** After `--` there are no more flags. */
  readonly areFlagsOver: boolean;
}

/** Reads what it knows, and passes over what it does not. */
export function readWords(command: Command, words: readonly string[]): Words {
  const operands: string[] = [];
  const values: Record<string, string> = {};
  const used = new Set<string>();
  let pending: Option | undefined;
  let areFlagsOver = false;
  for (const word of words) {
    if (pending !== undefined) {
      values[pending.attributeName()] = word;
      pending = undefined;
    } else if (areFlagsOver || !word.startsWith('-') || word === '-') operands.push(word);
    else if (word === '--') areFlagsOver = true;
    else {
      const { option, value } = flagOf(command, word);
      if (option === undefined) continue;
      used.add(option.attributeName());
      if (value !== undefined) values[option.attributeName()] = value;
      else if (option.required) pending = option;
    }
  }
  return { operands, values, used, pending, areFlagsOver };
}

/** "--name", "--name=value", "-n" or "-nvalue". */
function flagOf({ options }: Command, word: string): { option: Option | undefined; value: string | undefined } {
  const [, long = word, value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
  if (word.startsWith('--')) return { option: options.find((one) => one.long === long), value };
  const option = options.find((one) => one.short === word.slice(0, 2));
  return { option, value: word.length > 2 ? word.slice(2) : undefined };
}
