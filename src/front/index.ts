/** The page for browsers: its files, keys and tickets. */
export { readPageFiles, type PageFiles } from './files.ts';
export { createFront } from './front.ts';
export { createPageKeys, type PageKeys } from './keys.ts';
export { answerPlainly } from './plain-server.ts';
export type { Front } from '../apiserver/front.ts';
