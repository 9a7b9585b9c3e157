/** The page for browsers: its files, keys and tickets. */
export { readPageFiles, type PageFiles } from './files.ts';
export { createFront, type Front } from './front.ts';
export { createPageKeys, type PageKeys } from './keys.ts';
