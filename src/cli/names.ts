/** Names and truth values on the command line. */
import { InvalidArgumentError } from 'commander';

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** A DNS label. @throws InvalidArgumentError */
export function name(text: string): string {
  if (!dnsLabel.test(text)) throw new InvalidArgumentError('a name is of lower case letters, digits and hyphens');
  return text;
}

/** @throws InvalidArgumentError */
export function trueOrFalse(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('say true or false');
  return text === 'true';
}
