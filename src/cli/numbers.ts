/** Numbers on the command line. */
import { InvalidArgumentError } from 'commander';

/** An integer from `least` to `most`, both allowed. */
export function integer(what: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`${what} is a number from ${least} to ${most}`);
    }
    return value;
  };
}

/** Parses a TCP port of 0 to 65535; 0 lets the system choose. Throws InvalidArgumentError for anything else. */
export const port = integer('a port', 0, 65_535);
