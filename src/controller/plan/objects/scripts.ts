/** The scripts that run as part of a pod, not by exec: bash and coreutils only. Arguments are positional parameters. */
import { copyProgressFile } from '../../../guest/files.ts';

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
 * Copies the directories to persist into the volume mounted at /mnt, once: the marker /etc/kubedirector.init on the
 * volume says it was done. rsync shows its progress in /mnt/.kubedirector.progress. $@ = directories.
 */
const copyDirectories = String.raw`
set -eu
volume=$root/mnt
marker=$volume/etc/kubedirector.init
[ ! -e "$marker" ] || exit 0
progress=$root${copyProgressFile}
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

const rooted = (script: string, root: string): string => `root='${root}'\n${script}`;

/** The postStart hook's command. `root` stands in front of every path; only tests give one. */
export function postStartCommand(clusterService: string, root = ''): string[] {
  return ['/bin/bash', '-c', rooted(searchList, root), 'kd-post-start', clusterService];
}

/** What follows `/bin/bash` in the init container. */
export function initArgs(directories: readonly string[], root = ''): string[] {
  return ['-c', rooted(copyDirectories, root), 'kd-init', ...directories];
}
