/** `kubectl kd app init` */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { nameErrors } from '../../apis/kubedirector/app-validation.ts';
import { scaffold } from './scaffold.ts';

/**
 * Makes the files of a new app in a folder that is empty or absent, and names them.
 * @param roles none: one role, "member"
 * @throws Error where there are files, or the folder's name is no name of an app
 */
export function init(directory: string, roles: readonly string[] = []): readonly string[] {
  const name = basename(resolve(directory));
  const problems = nameErrors(name);
  if (problems.length > 0)
    throw new Error(`the app gets the name of its folder, and ${name} is none: ${problems[0] ?? ''}`);
  if (existsSync(directory) && readdirSync(directory).length > 0) {
    throw new Error(`there are files in ${directory}: name a folder that is empty, or not there yet`);
  }
  return scaffold(name, roles.length === 0 ? ['member'] : roles).map(({ path, content, executable }) => {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode: executable === true ? 0o755 : 0o644 });
    return file;
  });
}
