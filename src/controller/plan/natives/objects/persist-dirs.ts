/** Which directories of a container live on its volume. */
import { posix } from 'node:path';
import type { ResolvedRole } from '../../roles.ts';

const layouts = {
  new: ['/opt/guestconfig', '/var/log/guestconfig', '/usr/local/bin', '/usr/local/lib'],
  old: ['/opt', '/usr'],
} as const;

const isBelow = (directory: string, ancestor: string): boolean => directory.startsWith(`${ancestor}/`);

/** Absolute, normalized; none lies under another; what setting up needs first, then the app's own. */
export function persistDirs(role: ResolvedRole): readonly string[] {
  const setup = role.configPackage === undefined ? [] : layouts[role.layout];
  const all = ['/etc', ...setup, ...(role.app.persistDirs ?? [])].map((directory) => posix.resolve('/', directory));
  const distinct = [...new Set(all)];
  return distinct.filter((directory) => !distinct.some((other) => isBelow(directory, other)));
}
