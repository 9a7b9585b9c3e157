/** Places in a member that KubeDirector's own work depends on: users put no files there. */
import { posix } from 'node:path';
import { forbidden, type FieldError } from '../../meta/field-error.ts';

/** Where configmeta.json is, which setup packages read through configcli. */
export const configFolder = '/etc/guestconfig';
/** Where a member's setup package is unpacked, and where its runs leave their output and exit status. */
export const packageFolder = '/opt/guestconfig';

/** Where a member has the image with its setup package, if the package is in one; read-only. */
export const packageMount = '/run/kubedirector/package';

/** Everything in these belongs to KubeDirector. */
const contractDirectories = [configFolder, packageFolder, packageMount];

const programDirectories = ['/bin', '/sbin', '/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin'];

/** What the set-up itself calls: bash, coreutils, curl, tar, systemd's client, and the guest tools. */
const programs: ReadonlySet<string> = new Set([
  ...['bash', 'sh', 'curl', 'tar', 'gzip', 'systemctl', 'rsync'],
  ...['base64', 'cat', 'chgrp', 'chmod', 'chown', 'cp', 'cut', 'env', 'head', 'ln', 'ls', 'mkdir', 'mktemp', 'mv'],
  ...['readlink', 'rm', 'sleep', 'sort', 'stat', 'tail', 'timeout', 'touch', 'tr', 'wc'],
  ...['configcli', 'ccli', 'configmacro', 'bdvcli', 'bd_vcli'],
]);

/** These decide which libraries every program of the container loads first. */
const loaderFiles = ['/etc/ld.so.preload', '/etc/ld.so.cache', '/etc/ld.so.conf'];

const isAtOrBelow = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(`${directory}/`);

/**
 * Why a file may not be put there; undefined where it may. Symbolic links of the image are not known here: the member
 * looks at them when it injects the file.
 */
function injectionProblem(destDir: string, srcURL: string | undefined): string | undefined {
  if (destDir.split('/').includes('..')) return `must not contain ".."; name the directory itself`;
  const directory = normalizedPath(destDir);
  const name = fileName(srcURL ?? '');
  const file = posix.join(directory, name);
  const contract = contractDirectories.find((one) => isAtOrBelow(directory, one) || file === one);
  if (contract !== undefined) return `${contract} is KubeDirector's own; choose another directory`;
  const replaces =
    loaderFiles.includes(file) || (programDirectories.includes(directory) && programs.has(name)) ? file : undefined;
  return replaces === undefined
    ? undefined
    : `${replaces} is a file that the set-up of members depends on; choose another directory or another file name`;
}

/** Why nothing may be mounted there; undefined where it may. */
export function mountProblem(mountPath: string): string | undefined {
  const contract = contractDirectories.find((one) => isAtOrBelow(normalizedPath(mountPath), one));
  return contract === undefined ? undefined : `${contract} is KubeDirector's own; choose another`;
}

/** The findings for one file injection. */
export function validateInjectionTarget(destDir: string, srcURL: string | undefined, path: string): FieldError[] {
  const problem = injectionProblem(destDir, srcURL);
  return problem === undefined ? [] : [forbidden(`${path}.destDir`, problem)];
}

/** "/data//x/../y/" is "/data/y". */
export function normalizedPath(path: string): string {
  return posix.resolve('/', path);
}

/** The name of the file in the member: the last part of the URL, without its query. */
function fileName(url: string): string {
  return url.split(/[?#]/, 1)[0]?.split('/').at(-1) ?? '';
}
