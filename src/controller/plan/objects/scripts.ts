/** The scripts that run as part of a pod, not by exec: bash and coreutils only. Arguments are positional parameters. */
import { copyMounts, copyProgressName, initMarkerFile } from '../../../guest/files.ts';

/**
 * Members find each other by short name: `<headless Service>.<first search domain>` goes in front of the search list.
 * Waits for /etc/resolv.conf, which a persisted /etc may not have in the first moments. $1 = headless Service.
 */
const searchList = String.raw`
set -u
file=$root/etc/resolv.conf
line=
find_line() {
  local one
  [ -r "$file" ] || return 0
  while IFS= read -r one || [ -n "$one" ]; do
    case $one in 'search '*) line=$one ;; esac
  done < "$file"
}
for _ in {1..60}; do find_line; [ -z "$line" ] || break; sleep 1; done
[ -n "$line" ] || exit 0
read -r _ first _ <<< "$line"
case $first in "$1".*) exit 0 ;; esac
part=$(mktemp)
while IFS= read -r one || [ -n "$one" ]; do
  case $one in 'search '*) one="search $1.$first ${'$'}{line#search }" ;; esac
  printf '%s\n' "$one"
done < "$file" > "$part"
cat "$part" > "$file"
rm -f -- "$part"
`;

/**
 * Copies the directories to persist into the mounted volume, once: the marker /etc/kubedirector.init on the volume says
 * it was done. rsync shows its progress in .kubedirector.progress there. $@ = directories.
 */
const copyDirectories = (mount: string): string => String.raw`
set -eu
volume=$root${mount}
marker=$volume${initMarkerFile}
[ ! -e "$marker" ] || exit 0
progress=$root${mount}/${copyProgressName}
for directory in "$@"; do
  mkdir -p -- "$volume$directory"
  [ -d "$root$directory" ] || continue
  if command -v rsync > /dev/null 2>&1; then
    rsync -aHAX --info=progress2 --no-inc-recursive "$root$directory/" "$volume$directory/" > "$progress" ||
      rsync -a "$root$directory/" "$volume$directory/"
  else
    cp -a "$root$directory/." "$volume$directory/"
  fi
done
sync
rm -f -- "$progress"
: > "$marker"
`;

/**
 * The same for a user other than root, who gets a copy of what this user may read. Owners, and whatever else only root can
 * set, are not kept. $@ = directories.
 */
const copyReadable = (mount: string): string => String.raw`
set -eu
volume=$root${mount}
marker=$volume${initMarkerFile}
[ ! -e "$marker" ] || exit 0
[ -w "$volume" ] || {
  echo "user $EUID can't write to the volume: set fsGroup in the podSecurityContext of the role or of its app" >&2
  exit 1
}
said=$volume/.kubedirector.errors
trap 'rm -f -- "$said"' EXIT
for directory in "$@"; do
  mkdir -p -- "$volume$directory"
  [ -d "$root$directory" ] || continue
  LC_ALL=C cp -af "$root$directory/." "$volume$directory/" 2> "$said" || while IFS= read -r line; do
    case $line in
      *': Permission denied' | *': Operation not permitted') ;;
      *) printf '%s\n' "$line" >&2; exit 1 ;;
    esac
  done < "$said"
done
sync
: > "$marker"
`;

const rooted = (script: string, root: string): string => `root='${root}'\n${script}`;

/** The postStart hook's command. `root` stands in front of every path; only tests give one. */
export function postStartCommand(clusterService: string, root = ''): string[] {
  return ['/bin/bash', '-c', rooted(searchList, root), 'kd-post-start', clusterService];
}

/** Where the init container has the volume. What the image has there is hidden, so that no directory of it can be copied. */
export function copyMountOf(directories: readonly string[]): string {
  const [usual, other] = copyMounts;
  return directories.some((one) => one === usual || one.startsWith(`${usual}/`)) ? other : usual;
}

/** What follows `/bin/bash` in the init container. @param options.rootless whether it runs as another user than root */
export function initArgs(
  directories: readonly string[],
  { rootless = false, root = '' }: { readonly rootless?: boolean; readonly root?: string } = {},
): string[] {
  const copy = rootless ? copyReadable : copyDirectories;
  return ['-c', rooted(copy(copyMountOf(directories)), root), 'kd-init', ...directories];
}
