/** The clients' programs, built once and kept in a cache folder outside the repository. */
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import process from 'node:process';
import { command } from '../../support/command.ts';

export interface Source {
  /** Of `test/clients`. */
  readonly folder: string;
  /** Programs of this machine that it takes, for example `go`. */
  readonly tools: readonly string[];
  /** Commands, run one after the other in the folder. `{}` stands for the folder that the result is put into. */
  readonly build: readonly (readonly string[])[];
  /** Files that the result depends on; all of the folder's if absent. */
  readonly inputs?: readonly string[];
}

const root = join(import.meta.dirname, '..');

/** What is not on PATH, as the reason of a skipped test; undefined where all is there. */
export function missingTools({ tools }: Pick<Source, 'tools'>): string | undefined {
  const missing = tools.filter((tool) => !onPath(tool));
  return missing.length === 0 ? undefined : `needs ${missing.join(' and ')}`;
}

function onPath(tool: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Builds what is not built yet from these sources, and resolves with the folder that the result is in.
 * @throws Error with what the tools printed
 */
export async function built(source: Source): Promise<string> {
  const key = keyOf(source);
  const result = join(cacheFolder(), `${source.folder}-${key}`);
  if (existsSync(result)) return result;
  const part = `${result}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  for (const words of source.build) {
    const [executable = '', ...args] = words.map((word) => word.replaceAll('{}', part));
    const { code, stdout, stderr } = await command(args, { executable, cwd: join(root, source.folder) }).ended;
    if (code !== 0) throw new Error(`${executable} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  }
  renameSync(part, result);
  return result;
}

function cacheFolder(): string {
  return (
    process.env['KD_CLIENTS_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'kd-clients')
  );
}

/** Of what the result depends on: the sources, and how they are built. */
function keyOf({ folder, build, inputs = filesOf(join(root, folder)) }: Source): string {
  const hash = createHash('sha256').update(JSON.stringify(build));
  for (const file of inputs.toSorted()) hash.update(`\0${file}\0`).update(readFileSync(join(root, folder, file)));
  return hash.digest('hex').slice(0, 16);
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
}
