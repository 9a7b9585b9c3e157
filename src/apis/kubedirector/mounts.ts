/** Paths of a member where something is mounted already, so that users can mount nothing there. */
import { posix } from 'node:path';
import { appRole } from './app-lookups.ts';
import { configFolder, packageFolder } from './guest-paths.ts';
import { isRootless, securityContextsOf } from './security-contexts.ts';
import type { AppRole, ClusterRole, ConfigSpec, KubeDirectorApp } from './types.ts';
import type { WellShaped } from './well-shaped.ts';

const temporaryDirectories = ['/tmp', '/run', '/run/lock'];
const cgroupDirectories = ['/sys/fs/cgroup', '/sys/fs/cgroup/systemd'];
const newLayoutDirectories = ['/opt/guestconfig', '/var/log/guestconfig', '/usr/local/bin', '/usr/local/lib'];
const guestDirectories = [configFolder, packageFolder, '/var/log/guestconfig'];
const oldLayoutDirectories = ['/opt', '/usr'];

/**
 * The directories that a role with storage keeps on it: /etc, what its setup package needs, and what the app asks for,
 * in this order. The paths are absolute and normalized. One that lies under another is left out.
 */
export function persistedDirectories({ configPackage, persistDirs = [] }: AppRole): string[] {
  const layout = configPackage?.useNewSetupLayout === true ? newLayoutDirectories : oldLayoutDirectories;
  const all = ['/etc', ...(configPackage ? layout : []), ...persistDirs].map((path) => posix.resolve('/', path));
  const distinct = [...new Set(all)];
  return distinct.filter((path) => !distinct.some((other) => path.startsWith(`${other}/`)));
}

/**
 * What the set-up of a member writes to besides /tmp. Only root can do so in most images: where a member runs as another
 * user, each needs a volume, unless it is on the persistent one.
 * @param kept the directories on the persistent volume
 */
export function rootlessDirectories(kept: readonly string[]): string[] {
  return guestDirectories.filter((path) => !kept.some((one) => path === one || path.startsWith(`${one}/`)));
}

/** Every path at which the members of a role have something mounted that the user did not ask for. */
export function generatedMountPaths(
  role: WellShaped<ClusterRole>,
  app: KubeDirectorApp | undefined,
  config: ConfigSpec | undefined,
): string[] {
  const definition = app && role.id !== undefined ? appRole(app, role.id) : undefined;
  const kept = role.storage === undefined || definition === undefined ? [] : persistedDirectories(definition);
  return [
    ...temporaryDirectories,
    ...(role.sharedMemory === undefined ? [] : ['/dev/shm']),
    ...(app?.spec.systemdRequired === true && config?.nativeSystemdSupport !== true ? cgroupDirectories : []),
    ...kept,
    ...(isRootless(securityContextsOf(role, definition)) ? rootlessDirectories(kept) : []),
  ];
}
