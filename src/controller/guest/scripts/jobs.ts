/**
 * Work that goes on in the container after the exec that began it has ended: one background process a kind of work,
 * known by a symbolic link `<containerID>:<process id>` that only one process can make. A link whose process is gone
 * (killed, or of a container before this one on the same volume) is taken over. A process that was meant for the
 * container before this one, and came too late, runs here all the same: it is known by both as words of its command.
 */
import { packageFolder } from '../../../apis/kubedirector/guest-paths.ts';
import { supersededExit, supersededText } from '../../../guest/term.ts';

/**
 * Functions: `content FILE` puts its first line into `line` (a process for each would cost more than all else);
 * `record FILE LINE` writes by rename; `runs LINK STEP` asks whether a process that this step began holds the link now;
 * `lives TARGET STEP` asks the same about what a link says; `claim LINK STEP`; `wait_for COMMAND…` waits 0.2 s at most;
 * `last_words FILE`; `private_directory DIRECTORY` makes one, or takes a volume of root's as it is; `own_folder` does so with the
 * package's folder, until a leader has worked there: a startscript may open it; `use_tools` lets programs
 * find a configcli that could not be installed where it belongs. `admit` exits where a later leader has worked here, and says so. They read `container`, `root` and
 * `term`.
 */
export const jobs = String.raw`
shopt -s nullglob
guest=$root${packageFolder}
tools=$guest/.setup.tools
private_directory() {
  mkdir -p -- "$1" || return
  chmod 700 -- "$1" 2> /dev/null || [ ! -O "$1" ]
}
own_folder() { [ -e "$guest/.setup.term" ] || private_directory "$guest"; }
use_tools() {
  [ -d "$tools/bin" ] || return 0
  export PATH="$tools/bin:$PATH" PYTHONPATH="$tools/lib/configcli/python${'$'}{PYTHONPATH:+:$PYTHONPATH}"
}
content() { line=; [ ! -r "$1" ] || IFS= read -r line < "$1" || true; }
admit() {
  content "$guest/.setup.term"
  [ "$line" != "$term" ] || return 0
  case $line in
    *"@${'$'}{term#*@}")
      [ "${'$'}{term%%@*}" -ge "${'$'}{line%%@*}" ] || { echo '${supersededText}' >&2; exit ${supersededExit}; } ;;
  esac
  printf '%s\n' "$term" > "$guest/.setup.term-$BASHPID" && mv -f -- "$guest/.setup.term-$BASHPID" "$guest/.setup.term"
}
record() { printf '%s\n' "$2" > "$1.part" && mv -f -- "$1.part" "$1"; }
runs() {
  local held
  held=$(readlink -- "$1") && lives "$held" "$2"
}
lives() {
  local held=$1 pid=${'$'}{1##*:} word is_step=
  kill -0 "$pid" 2> /dev/null || return 1
  if [ ! -r "/proc/$pid/cmdline" ]; then [ "${'$'}{held%:*}" = "$container" ]; return; fi
  while IFS= read -r -d '' word; do
    case $word in
      "$2") is_step=yes ;;
      "${'$'}{held%:*}") [ -z "$is_step" ] || return 0 ;;
    esac
  done 2> /dev/null < "/proc/$pid/cmdline"
  return 1
}
claim() {
  local mine="$container:$BASHPID" aside="$1.$BASHPID" held
  ln -s -- "$mine" "$1" 2> /dev/null && return
  held=$(readlink -- "$1") && ! lives "$held" "$2" || return 1
  # A process that ends takes its link away first: one that is still there now was left behind.
  [ "$(readlink -- "$1")" = "$held" ] || return 1
  mv -T -- "$1" "$aside" 2> /dev/null || return 1
  if [ "$(readlink -- "$aside")" != "$held" ]; then mv -nT -- "$aside" "$1"; rm -f -- "$aside"; return 1; fi
  rm -f -- "$aside"
  ln -s -- "$mine" "$1" 2> /dev/null
}
wait_for() {
  local turn
  for turn in 1 2; do
    ! "$@" || return 0
    sleep 0.1
  done
  "$@"
}
last_words() {
  local text line
  text=$(tail -n 3 -- "$1" 2> /dev/null) || return 0
  # What curl says after its error is about certificates in general.
  while IFS= read -r line; do
    case $line in 'curl: ('*) text=$line ;; esac
  done < "$1"
  printf '%s' "${'$'}{text//$'\n'/ }"
}
`;
