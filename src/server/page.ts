/** The page of a playground, and the keys of its two users. */
import { createFront, createPageKeys, readPageFiles, type Front, type PageKeys } from '../front/index.ts';
import { ConfigurationError } from './configuration-error.ts';

interface PlaygroundPage {
  readonly front: Front;
  readonly keys: PageKeys;
  /** Where the page is, with keys in the fragment: browsers send no fragments. */
  addresses(url: string): { readonly admin: string; readonly viewer: string };
}

/** @param folder with the files of the page @throws ConfigurationError where they cannot be read */
export async function openPage(folder: string): Promise<PlaygroundPage> {
  const files = await readPageFiles(folder, 'playground').catch((cause: unknown) => {
    throw new ConfigurationError(`the files of the page cannot be read from ${folder}: npm run build makes them`, {
      cause,
    });
  });
  const keys = createPageKeys();
  return {
    keys,
    front: createFront({ files, keys, loopbackOnly: true }),
    addresses: (url) => {
      const address = (name: string, groups: string[]): string => `${url}/#key=${keys.issue({ name, groups })}`;
      return { admin: address('playground-admin', ['system:masters']), viewer: address('viewer', []) };
    },
  };
}
