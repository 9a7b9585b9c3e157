// Runs a TypeScript tool: node tools/run.js tools/NAME.ts ARG…
import { mkdirSync } from 'node:fs';
import process from 'node:process';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from './bundle.js';

const [source, ...args] = process.argv.slice(2);
if (source === undefined) throw new Error('usage: node tools/run.js FILE.ts ARG…');
const name = basename(source, '.ts');
const outdir = resolve('node_modules/.cache/tools');
mkdirSync(outdir, { recursive: true });
await bundle({ [name]: source }, outdir);
process.argv = [process.argv[0] ?? 'node', source, ...args];
await import(pathToFileURL(`${outdir}/${name}.js`).href);
