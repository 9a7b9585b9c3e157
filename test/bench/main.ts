/**
 * Measures the built program on this machine: `npm run bench`, or `npm run bench -- creates gets --json`.
 * Starts the playground as a child process on loopback, sends requests over HTTPS, and prints a table.
 */
import { mkdir, statfs } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { crowdScenario } from './crowd.ts';
import { encryptionScenario } from './encryption.ts';
import { formatTable, formatValue, type Failure, type Figure } from './figure.ts';
import { listMemoryScenario } from './list-memory.ts';
import { memoryScenario } from './memory.ts';
import { overloadScenario } from './overload.ts';
import { requestScenarios } from './requests.ts';
import type { Scenario } from './scenario.ts';
import { soak } from './soak.ts';
import { sparkScenario } from './spark.ts';
import { startScenario } from './start.ts';
import { startLargeScenario } from './start-large.ts';
import { watchScenario } from './watch.ts';

const scenarios: readonly Scenario[] = [
  ...requestScenarios,
  watchScenario,
  memoryScenario,
  listMemoryScenario,
  startScenario,
  startLargeScenario,
  encryptionScenario,
  sparkScenario,
  crowdScenario,
  overloadScenario,
];

function usage(): string {
  const lines = scenarios.map(({ name, about }) => `  ${name.padEnd(17)}${about}`);
  return `usage: npm run bench -- [--json] [--data DIR] [--soak MINUTES] [FIGURE…]\n\nfigures (all, if none is named):\n${lines.join('\n')}\n`;
}

interface Options {
  readonly chosen: readonly Scenario[];
  readonly json: boolean;
  readonly help: boolean;
  readonly directory: string;
}

/** @throws Error if it is not a number of minutes */
function soakScenario(minutes: number): Scenario {
  if (!(minutes >= 1)) throw new Error('--soak takes a number of minutes, at least 1');
  return { name: 'soak', about: `${minutes} minutes of mixed work`, run: (bench) => soak(bench, minutes) };
}

/** @throws Error for an unknown flag or figure */
function parse(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      // A folder on the disk to measure: the program waits for the disk at every write.
      data: { type: 'string', default: tmpdir() },
      // Mixed work for this number of minutes, instead of all figures.
      soak: { type: 'string' },
    },
  });
  const chosen = positionals.map((name) => {
    const scenario = scenarios.find((one) => one.name === name);
    if (!scenario) throw new Error(`there is no figure ${name}`);
    return scenario;
  });
  const { json, help, data } = values;
  const soaking = values.soak === undefined ? [] : [soakScenario(Number(values.soak))];
  const named = [...soaking, ...chosen];
  return { chosen: named.length > 0 ? named : scenarios, json, help, directory: data };
}

/** The type of a file system in memory. It is not durable, so writes to it are cheaper than writes to a disk. */
const tmpfsType = 0x01_02_19_94;

async function surroundings(directory: string): Promise<string> {
  const [processor] = cpus();
  const memory = formatValue(totalmem() / 2 ** 30);
  const model = processor?.model.trim() ?? 'unknown processor';
  const volatile = (await statfs(directory)).type === tmpfsType ? ' (in memory: fsync costs nothing there)' : '';
  return `${cpus().length} × ${model}, ${memory} GiB, Node.js ${process.version}; data in ${directory}${volatile}`;
}

async function main(): Promise<void> {
  const { chosen, json, help, directory } = parse(process.argv.slice(2));
  if (help) {
    process.stdout.write(usage());
    return;
  }
  await mkdir(directory, { recursive: true });
  const progress = (message: string): void => void process.stderr.write(`${message}\n`);
  const figures: Figure[] = [];
  const failures: Failure[] = [];
  for (const scenario of chosen) {
    progress(`${scenario.name}: ${scenario.about}`);
    try {
      figures.push(...(await scenario.run({ directory })));
    } catch (error) {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      failures.push({ scenario: scenario.name, message });
      progress(`${scenario.name} failed: ${message}`);
    }
  }
  const machine = await surroundings(directory);
  if (json) process.stdout.write(`${JSON.stringify({ machine, figures, failures }, undefined, 2)}\n`);
  else {
    process.stdout.write(`\n${machine}\n\n${formatTable(figures)}`);
    for (const { scenario } of failures) process.stdout.write(`${scenario}: failed, see above\n`);
  }
  if (failures.length > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage()}`);
  process.exitCode = 2;
}
