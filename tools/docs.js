// The documentation as a site: node tools/docs.js dev|build|preview. Its generator is a package of docs/ and installed
// when it is needed. `build` also checks the links of what it has made.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import process from 'node:process';
import { checkSite } from './docs/check-site.js';

const [mode, ...args] = process.argv.slice(2);
if (!['dev', 'build', 'preview'].includes(mode)) throw new Error('usage: node tools/docs.js dev|build|preview ARG…');

const installed = 'docs/node_modules/.package-lock.json';
const isCurrent = existsSync(installed) && statSync(installed).mtimeMs >= statSync('docs/package-lock.json').mtimeMs;
if (!isCurrent) run('npm', ['ci', '--prefix', 'docs', '--no-audit', '--no-fund']);
run(process.execPath, ['docs/node_modules/vitepress/bin/vitepress.js', mode, 'docs', ...args]);
if (mode === 'build') {
  const problems = checkSite('docs/.vitepress/dist');
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}

function run(program, programArgs) {
  const { status } = spawnSync(program, programArgs, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
