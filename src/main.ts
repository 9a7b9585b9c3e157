#!/usr/bin/env node
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { supportOf } from './cli/node-version.ts';

const support = supportOf(process.versions.node);
// As Node.js itself: NODE_NO_WARNINGS silences warnings.
const isSilent = support.level === 'deprecated' && process.env['NODE_NO_WARNINGS'] === '1';
if (support.level !== 'supported' && !isSilent) process.stderr.write(`kubedirector: ${support.message}\n`);
if (support.level === 'refused') {
  process.exitCode = 2;
} else {
  // Loaded only now: an older Node.js cannot even read the rest.
  const { run } = await import('./cli/program.ts');
  // Beside the program: the build puts it there.
  const guestTools = fileURLToPath(new URL('guest-tools.tgz', import.meta.url));
  const page = fileURLToPath(new URL('page', import.meta.url));
  process.exitCode = await run(process.argv.slice(2), process, { guestTools, page });
}
