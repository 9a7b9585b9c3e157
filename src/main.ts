#!/usr/bin/env node
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { run } from './cli/program.ts';

// Beside the program: the build puts it there.
const guestTools = fileURLToPath(new URL('guest-tools.tgz', import.meta.url));
process.exitCode = await run(process.argv.slice(2), process, { guestTools });
