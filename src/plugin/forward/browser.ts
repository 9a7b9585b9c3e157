/** Opens the user's browser. */
import { spawn } from 'node:child_process';
import process from 'node:process';

const programs: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  // The first argument in quotes would be the title of a window.
  win32: ['cmd', '/c', 'start', ''],
};

/** Opens the address; resolves to false where no browser can be started. It does not wait for the browser. */
export function openBrowser(url: string): Promise<boolean> {
  const [program, ...args] = programs[process.platform] ?? ['xdg-open'];
  return new Promise((resolve) => {
    const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false)).once('spawn', () => resolve(true));
    child.unref();
  });
}
