import { InvalidArgumentError, Option } from 'commander';

/** `--data "$UNSET"` must not mean the current folder. */
export function folder(text: string): string {
  if (text === '') throw new InvalidArgumentError('a folder has a name; "." is the current one');
  return text;
}

/** The folder that a server's data, certificates and kubeconfig are in: the same flag for every command. */
export function dataOption(description: string): Option {
  return new Option('--data <dir>', description).argParser(folder).default('./.kubedirector');
}
