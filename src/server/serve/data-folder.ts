/** The folder of a server behind kube-apiserver: the one that `kubedirector storage` works on. */
import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Store } from '../../storage/contract.ts';
import { ConfigurationError } from '../configuration-error.ts';
import { openStoreIn, type StoreTools } from '../data-folder.ts';
import { inFolder } from '../playground-folder.ts';

/** @throws ConfigurationError where it is in use, not a server's, damaged or unusable; it is then as it was */
export async function openDataFolder(directory: string, tools: StoreTools): Promise<Store> {
  const root = resolve(directory);
  if (await isThere(join(root, 'pki'))) {
    throw new ConfigurationError(`the folder ${root} is a playground's; name another folder with --data`);
  }
  const opening = openStoreIn(root, tools, {
    locked: ' (--data): on lowdb one server runs at a time',
    foreign: ' (--data names the folder that holds it)',
    damaged: '; see `kubedirector storage check` and `restore`',
  });
  return inFolder(root, opening);
}

/** What cannot be seen counts as absent: opening the store then tells what is wrong with the folder. */
async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
