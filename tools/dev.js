// Builds the program and starts a playground; does both again whenever a source file changes: npm run dev -- FLAG…
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import process from 'node:process';
import { clearTimeout, setTimeout } from 'node:timers';

/** Editors write a file in several steps. */
const quietMs = 200;
const args = process.argv.slice(2);
let playground;
let timer;
let isBuilding = false;

function run(file, ...rest) {
  return spawn(process.execPath, [file, ...rest], { stdio: 'inherit' });
}

async function restart() {
  if (isBuilding) return later();
  isBuilding = true;
  const code = await new Promise((resolve) => run('tools/build.js').on('exit', resolve));
  if (code === 0) await replace();
  isBuilding = false;
}

async function replace() {
  if (playground !== undefined && playground.exitCode === null) {
    const ended = new Promise((resolve) => playground.on('exit', resolve));
    playground.kill('SIGTERM');
    await ended;
  }
  playground = run('dist/kubedirector.js', 'playground', ...args);
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(restart, quietMs);
}

for (const folder of ['src', 'openapi', 'guest-tools']) watch(folder, { recursive: true }, later);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    if (playground === undefined) process.exit(0);
    playground.on('exit', () => process.exit(0));
    playground.kill(signal);
  });
}
await restart();
