/**
 * What runs inside containers: one bash script a step. Arguments arrive as "$1"…, never by substitution into the text;
 * `$root` is '' in containers and a scratch folder in tests. They need bash (4.2), coreutils, curl and tar only.
 * Files that a later step takes as proof of work done appear by rename, so that they are whole or absent.
 */
import { noStartscript, notifyTailBytes } from '../../../guest/answers.ts';
import { copyMounts, copyProgressName } from '../../../guest/files.ts';
import { jobs } from './jobs.ts';
import { configmeta } from './member-files.ts';

export { health } from './health.ts';
export { setup, setupStatus } from './set-up.ts';

/** kd-write-configmeta: $1 layout, $2 bytes, standard input the document. */
export const writeConfigmeta = String.raw`${jobs}${configmeta}
container=$term lock=$guest/.configmeta.lock held=
own_folder && part=$(mktemp) || exit
trap 'rm -f -- "$part"; [ -z "$held" ] || rm -f -- "$lock"' EXIT
cat > "$part"
[ "$(wc -c < "$part")" -eq "$2" ] || { echo 'configmeta.json arrived incomplete' >&2; exit 3; }
# Nobody else writes between the look at the term and the write.
for turn in {1..50}; do
  ! claim "$lock" kd-write-configmeta || { held=yes; break; }
  sleep 0.1
done
[ -n "$held" ] || { echo 'configmeta.json is being written by another command' >&2; exit 3; }
admit || exit
write_configmeta "$part" "$1"
`;

/** kd-notify: $1 container, $2 id, $3 seconds that the run may take, then the startscript's arguments. */
export const notify = String.raw`${jobs}
container=$1 id=$2 limit=$3
shift 3
lock=$guest/.notify.lock
status=$guest/notify.status
# Or an earlier try has succeeded, and whoever asked for it did not learn of that.
has_ended() {
  content "$status"
  case $line in "$container=$id="?* | "$container=${'$'}{id%-*}-"*"=0") return 0 ;; *) return 1 ;; esac
}
deliver() {
  local code=0
  use_tools
  record "$status" "$container=$id="
  timeout -k 10 "$limit" "$script" "$@" > "$guest/notify.stdout" 2> "$guest/notify.stderr" || code=$?
  record "$status" "$container=$id=$code"
}
[ ! -d "$guest" ] || admit || exit
if ! has_ended && ! runs "$lock" kd-notify; then
  scripts=("$guest"/*/startscript)
  script=${'$'}{scripts[0]:-}
  [ -n "$script" ] || { echo '${noStartscript}' >&2; exit 4; }
  (
    trap '' HUP
    claim "$lock" kd-notify || exit 0
    trap 'rm -f -- "$lock"' EXIT
    admit || exit
    has_ended || deliver "$@"
  ) < /dev/null > /dev/null 2>&1 &
fi
if wait_for has_ended; then
  echo "notify=${'$'}{line##*=}"
  [ "${'$'}{line##*=}" = 0 ] || echo "stderr=$(tail -c ${notifyTailBytes} -- "$guest/notify.stderr" 2> /dev/null | base64 -w 0)"
  exit 0
fi
case $line in "$container=$id="*) echo notify=running ;; *) echo notify=busy ;; esac
`;

/** kd-init-progress: prints the last line of the copy's progress, or nothing. */
export const initProgress = String.raw`
for mount in ${copyMounts.join(' ')}; do
  file=$root$mount/${copyProgressName}
  [ ! -r "$file" ] || break
done
[ -r "$file" ] || exit 0
last=
while IFS= read -r line; do
  case $line in *[![:space:]]*) last=$line ;; esac
done <<< "$(tail -c 400 -- "$file" | tr '\r' '\n')"
[ -z "$last" ] || printf '%s\n' "$last"
`;
