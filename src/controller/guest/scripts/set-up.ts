/**
 * Setting a member up, in one background process: injected files, systemd, configmeta.json, configcli, the package,
 * `startscript --configure`. `.setup.status` says `<containerID>=<stage>=<seconds since the epoch>`, `.setup.data`
 * `<containerID>=<which contents the configmeta.json has that was written>`; what failed is in `.setup.error`; the run of
 * the startscript is in configure.status as the domain has it.
 */
import { errorTailBytes, injectionHint, packageHint } from '../../../guest/answers.ts';
import { configureStatusFile, configureStderrFile, configureStdoutFile, initMarkerFile } from '../../../guest/files.ts';
import { configureOption } from '../../../guest/startscript.ts';
import { jobs } from './jobs.ts';
import { configcli, configmeta, downloads } from './member-files.ts';
import { upgrade } from './upgrade.ts';

const state = String.raw`${jobs}${configcli}
lock=$guest/.setup.lock
status=$guest/.setup.status
configure_status=$root${configureStatusFile}
find_stage() {
  stage=
  content "$status"
  case $line in "$container="*) stage=${'$'}{line#"$container="}; stage=${'$'}{stage%%=*} ;; esac
}
has_begun_configure() { content "$configure_status"; [ "$line" = "$container=" ]; }
has_ended() {
  content "$configure_status"
  case $line in "$container="?*) return 0 ;; esac
  find_stage
  case $stage in ready | failed) return 0 ;; *) return 1 ;; esac
}
tail_of() { [ ! -r "$1" ] || tail -c "$2" -- "$1" | base64 -w 0; }
# Whether it lives is asked first, so that what it has left since is seen; and again, lest it has only just begun.
look() {
  alive=no
  ! runs "$lock" kd-setup || alive=yes
  find_stage
  since=${'$'}{line##*=}
  content "$configure_status"
  run=$line
}
report() {
  local alive now run since
  look
  [ "$alive" = yes ] || has_ended || look
  printf -v now '%(%s)T' -1
  case $run in
    "$container="[1-9]*)
      echo "stdout=$(tail_of "$root${configureStdoutFile}" "$1")"
      echo "stderr=$(tail_of "$root${configureStderrFile}" "$1")" ;;
  esac
  echo "error=$(tail_of "$guest/.setup.error" ${errorTailBytes})"
  echo "alive=$alive"
  echo "stage=$stage"
  echo "seconds=$((now - ${'$'}{since:-$now}))"
  echo "configure=$run"
  if has_configcli; then echo configcli=present; else echo configcli=absent; fi
  content "$guest/.setup.data"
  case $line in "$container="*) echo "data=${'$'}{line#"$container="}" ;; esac
  content "$guest/.setup.moved"
  case $line in "$container="*) echo "moved=${'$'}{line#"$container="}" ;; esac
}
`;

/** kd-setup-status: $1 container, $2 bytes of output to tell. */
export const setupStatus = String.raw`${state}
container=$1
wait_for has_ended
report "$2"
`;

/** kd-setup: arguments as in src/guest/steps.ts, in this order. */
export const setup = String.raw`${state}${configmeta}${downloads}${upgrade}
container=$1 tail_bytes=$2 data=$3 layout=$4 document_bytes=$5 tools_bytes=$6 systemd=$7 configure=$8 package=$9
shift 9
version=$1 direction=$2 upgrade=$3 upgrade_limit=$4 must=$5
shift 5
anew=
case $configure in anew:*) anew=yes configure=${'$'}{configure#anew:} ;; esac

note() {
  local now
  printf -v now '%(%s)T' -1
  record "$status" "$container=$1=$now"
}
fail() { printf '%s\n' "$1" > "$guest/.setup.error"; note failed; exit 1; }
try() {
  local what=$1 code=0 said
  shift
  "$@" > /dev/null 2> "$work/said" || code=$?
  [ "$code" -ne 0 ] || return 0
  said=$(last_words "$work/said")
  [ "$code" -ne 124 ] || fail "$what took too long"
  case $said in
    *'not yet valid'* | *'has expired'* | *'certificate expired'*)
      hint="is the clock of the pod's node right, and the certificate still good?" ;;
  esac
  fail "$what failed with exit status $code${'$'}{said:+: $said}${'$'}{hint:+ ($hint)}"
}
need() {
  local tool
  for tool; do
    command -v "$tool" > /dev/null ||
      fail "the image has no $tool: setting a member up needs bash, coreutils, curl and tar in it"
  done
}
await_systemd() {
  local end=$((SECONDS + 600))
  until systemctl list-units --no-pager > /dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 1
  done
}
provide_configcli() {
  if has_configcli || [ "$tools_bytes" -eq 0 ]; then link_configcli "$layout"; return; fi
  tail -c "+$((document_bytes + 1))" -- "$work/input" > "$work/configcli.tgz" &&
    install_configcli "$work/configcli.tgz" "$layout"
}
end_run() { [ ! -e "$next_run" ] || rm -f -- "$next_run"; }
run_startscript() {
  local option=$1 limit=$2 script=("$guest"/*/startscript) code=0
  use_tools
  note configure
  if [ "$option" != ${configureOption} ]; then record "$guest/.setup.moved" "$container=$option="
  elif [ -e "$guest/.setup.moved" ]; then rm -f -- "$guest/.setup.moved"
  fi
  record "$configure_status" "$container="
  timeout -k 10 "$limit" "${'$'}{script[0]}" "$option" \
    > "$root${configureStdoutFile}" 2> "$root${configureStderrFile}" || code=$?
  if [ "$option" != ${configureOption} ]; then
    record "$guest/.setup.moved" "$container=$option=$code"
    # A package that need not know of upgrades works without.
    [ "$must" = yes ] || code=0
  fi
  record "$configure_status" "$container=$code"
  [ "$code" -ne 0 ] || end_run
}
# Files of another member, on a volume that was made of a backup: its data stay, its package and set-up do not.
forget_member() {
  local script
  rm -rf -- "$kept" "$moving" "$restoring"
  rm -f -- "$configure_status" "$package_of" "$next_run"
  for script in "$guest"/*/startscript; do rm -rf -- "${'$'}{script%/startscript}"; done
}
set_up() {
  local earlier hint= script option=${configureOption} is_stale
  rm -f -- "$guest/.setup.error"
  [ -z "$anew" ] || forget_member
  try 'exchanging the setup package' prepare_package
  link_backup
  content "$configure_status"
  earlier=$line
  # Where the package alone has outlived an earlier container, on a volume of the pod's, its run is lost.
  if [ ! -e "$root${initMarkerFile}" ] && [ "$(stat -c %m -- "$guest" 2> /dev/null)" = "$guest" ]; then earlier=; fi
  if [ "$#" -gt 0 ]; then note files; need curl; fi
  while [ "$#" -gt 0 ]; do
    hint="${injectionHint}"
    try "injecting $1 into $2" inject_file "$1" "$2" "$3" "$4" "$5"
    shift 5
  done
  if [ "$systemd" = yes ]; then
    note systemd
    await_systemd || fail 'systemd in the container has not answered for 10 minutes: does the image start it?'
  fi
  hint=
  note tools
  if ! has_configcli && [ "$tools_bytes" -gt 0 ]; then need tar; fi
  head -c "$document_bytes" -- "$work/input" > "$work/document"
  try 'writing configmeta.json' write_configmeta "$work/document" "$layout"
  record "$guest/.setup.data" "$container=$data"
  try 'installing configcli' provide_configcli
  script=("$guest"/*/startscript)
  if [ "${'$'}{#script[@]}" -eq 0 ] || [ -n "$is_stale" ]; then
    note package
    case $package in
      oci://*) need tar; hint= ;;
      *) need curl tar; hint="${packageHint}" ;;
    esac
    earlier=
    try "fetching the package $package" fetch_package "$package" "$work/package.tgz"
    hint='a package is a gzipped tar file whose one top directory has an executable startscript'
    try "unpacking the package $package" unpack_package "$work/package.tgz"
    [ -z "$version" ] || record "$package_of" "$version"
  fi
  content "$next_run"
  option=${'$'}{line:-$option}
  case $option:$configure:$earlier in
    *=0 | ${configureOption}:no:*) end_run && note ready ;;
    ${configureOption}:*) run_startscript "$option" "$configure" ;;
    *) run_startscript "$option" "$upgrade_limit" ;;
  esac
}
end() { rm -rf -- "$work"; [ -z "$held" ] || rm -f -- "$lock"; }

own_folder || exit
admit || exit
if ! has_ended && ! has_begun_configure && ! runs "$lock" kd-setup; then
  work=$(mktemp -d "$guest/.setup.$$.XXXXXX") || exit
  cat > "$work/input" && [ "$(wc -c < "$work/input")" -eq "$((document_bytes + tools_bytes))" ] ||
    { rm -rf -- "$work"; echo 'configmeta.json arrived incomplete' >&2; exit 3; }
  (
    held=
    trap '' HUP
    trap end EXIT
    claim "$lock" kd-setup || exit 0
    held=yes
    # Its input may have taken long: meanwhile a later leader may have been here.
    admit || exit
    for old in "$guest"/.setup.*.??????; do
      pid=${'$'}{old##*/.setup.}
      [ "$old" = "$work" ] || kill -0 "${'$'}{pid%%.*}" 2> /dev/null || rm -rf -- "$old"
    done
    has_ended || has_begun_configure || set_up "$@"
  ) < /dev/null > /dev/null 2>&1 &
fi
wait_for has_ended
report "$tail_bytes"
`;
