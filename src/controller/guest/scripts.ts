/**
 * What runs inside containers: one bash script a step. Arguments arrive as "$1"…, never by substitution into the text;
 * `$root` is '' in containers and a scratch folder in tests. They need bash, coreutils, curl and tar only.
 * Files that a later step takes as proof of work done appear by rename, so that they are whole or absent.
 */

const startscripts = String.raw`
shopt -s nullglob
guest=$root/opt/guestconfig
startscripts=("$guest"/*/startscript)
`;

/** "$file.pid" of a background run, alive or not. A dead wrapper without an exit status was killed. */
const alive = String.raw`
is_alive() { local pid=; [ ! -r "$1" ] || read -r pid < "$1" || true; [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; }
content() { local line=; [ ! -r "$1" ] || read -r line < "$1" || true; printf '%s' "$line"; }
`;

const links = String.raw`
link_configcli() {
  local bin=$root/usr/bin name
  [ "$1" != new ] || bin=$root/usr/local/bin
  [ -e "$bin/configcli" ] || return 0
  for name in bdvcli bd_vcli; do ln -sfn -- "$bin/configcli" "$bin/$name"; done
  [ "$1" = new ] || return 0
  mkdir -p -- "$root/usr/bin"
  for name in configcli ccli configmacro bdvcli bd_vcli; do
    [ ! -e "$bin/$name" ] || ln -sfn -- "$bin/$name" "$root/usr/bin/$name"
  done
}
`;

export const probe = String.raw`${startscripts}${alive}
have() { if [ "$1" -gt 0 ]; then echo "$2=present"; else echo "$2=absent"; fi; }
configcli=0
for file in "$root/usr/local/bin/configcli" "$root/usr/bin/configcli"; do [ ! -e "$file" ] || configcli=1; done
echo "configure=$(content "$guest/configure.status")"
have "${'$'}{#startscripts[@]}" startscript
have "$configcli" configcli
`;

export const injectFile = String.raw`
set -eu
name=${'$'}{1%%[?#]*}; name=${'$'}{name##*/}
[ -n "$name" ] || { echo "the URL $1 names no file" >&2; exit 2; }
mkdir -p -- "$root$2"
part=$(mktemp "$root$2/.kd-inject.XXXXXX")
trap 'rm -f -- "$part"' EXIT
curl -fsSL --retry 3 --connect-timeout 30 --max-time 900 -o "$part" -- "$1"
chmod "${'$'}{3:-644}" -- "$part"
[ -z "$4" ] || chown -- "$4" "$part"
[ -z "$5" ] || chgrp -- "$5" "$part"
mv -f -- "$part" "$root$2/$name"
`;

export const systemd = String.raw`systemctl list-units --no-pager >/dev/null 2>&1`;

export const writeConfigmeta = String.raw`
set -eu
dir=$root/etc/guestconfig
mkdir -p -- "$dir"
mode=644
if [ "$1" = new ]; then mode=600; chmod 700 -- "$dir"; fi
part=$(mktemp "$dir/.configmeta.XXXXXX")
trap 'rm -f -- "$part"' EXIT
cat > "$part"
[ "$(wc -c < "$part")" -eq "$2" ] || { echo "configmeta.json arrived incomplete" >&2; exit 3; }
if [ -e "$dir/configmeta.json" ]; then
  chmod --reference="$dir/configmeta.json" -- "$part"
  chown --reference="$dir/configmeta.json" -- "$part" 2>/dev/null || true
else
  chmod "$mode" -- "$part"
fi
mv -f -- "$part" "$dir/configmeta.json"
`;

export const installConfigcli = String.raw`${links}
set -eu
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cat > "$work/configcli.tgz"
tar -xzf "$work/configcli.tgz" -C "$work"
for dir in "$work"/configcli-*/; do
  chmod +x -- "$dir/install"
  cd -- "$dir"
  if [ "$1" = new ]; then ./install --new; else ./install; fi
done
link_configcli "$1"
`;

export const linkConfigcli = String.raw`${links}
set -eu
link_configcli "$1"
`;

export const fetchPackage = String.raw`
set -eu
shopt -s nullglob dotglob
guest=$root/opt/guestconfig
mkdir -p -- "$guest"
chmod 700 -- "$guest"
work=$(mktemp -d "$guest/.fetch.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
curl -fsSL --retry 3 --connect-timeout 30 --max-time 1200 -o "$work/package.tgz" -- "$1"
mkdir -- "$work/unpacked"
tar -xzf "$work/package.tgz" -C "$work/unpacked"
found=("$work"/unpacked/*/startscript)
[ "${'$'}{#found[@]}" -gt 0 ] || { echo "the package $1 holds no */startscript" >&2; exit 4; }
chmod +x -- "${'$'}{found[@]}"
for old in "$guest"/*; do [ "$old" = "$work" ] || rm -rf -- "$old"; done
mv -- "$work"/unpacked/* "$guest"/
`;

export const startConfigure = String.raw`${startscripts}${alive}
set -eu
status=$guest/configure.status
case "$(content "$status")" in
  "$1="?*) exit 0 ;;
  "$1=") ! is_alive "$guest/configure.pid" || exit 0 ;;
esac
[ "${'$'}{#startscripts[@]}" -gt 0 ] || { echo 'no startscript in /opt/guestconfig' >&2; exit 4; }
printf '%s=\n' "$1" > "$status.part"
mv -f -- "$status.part" "$status"
nohup bash -c '
  code=0
  "$2" --configure > "$3/configure.stdout" 2> "$3/configure.stderr" || code=$?
  printf "%s=%s\n" "$1" "$code" > "$3/configure.status.part"
  mv -f -- "$3/configure.status.part" "$3/configure.status"
' kd-configure "$1" "${'$'}{startscripts[0]}" "$guest" < /dev/null > /dev/null 2>&1 &
echo "$!" > "$guest/configure.pid"
`;

export const configureStatus = String.raw`${startscripts}${alive}
tail_of() { [ ! -r "$1" ] || tail -c "$2" -- "$1" | base64 -w 0; }
if is_alive "$guest/configure.pid"; then echo alive=yes; else echo alive=no; fi
echo "configure=$(content "$guest/configure.status")"
echo "stdout=$(tail_of "$guest/configure.stdout" "$1")"
echo "stderr=$(tail_of "$guest/configure.stderr" "$1")"
`;

export const notify = String.raw`${startscripts}${alive}
set -eu
container=$1 id=$2 limit=$3
shift 3
status=$guest/notify.status
now=$(content "$status")
case "$now" in
  "$container=$id="?*) echo "notify=${'$'}{now##*=}"; exit 0 ;;
  "$container="*"=") if is_alive "$guest/notify.pid"; then
      case "$now" in "$container=$id=") echo notify=running ;; *) echo notify=busy ;; esac
      exit 0
    fi ;;
esac
[ "${'$'}{#startscripts[@]}" -gt 0 ] || { echo 'no startscript in /opt/guestconfig' >&2; exit 4; }
printf '%s=%s=\n' "$container" "$id" > "$status.part"
mv -f -- "$status.part" "$status"
nohup bash -c '
  head=$1 script=$2 guest=$3 limit=$4
  shift 4
  code=0
  timeout -k 10 "$limit" "$script" "$@" > "$guest/notify.stdout" 2> "$guest/notify.stderr" || code=$?
  printf "%s=%s\n" "$head" "$code" > "$guest/notify.status.part"
  mv -f -- "$guest/notify.status.part" "$guest/notify.status"
' kd-notify "$container=$id" "${'$'}{startscripts[0]}" "$guest" "$limit" "$@" < /dev/null > /dev/null 2>&1 &
echo "$!" > "$guest/notify.pid"
echo notify=running
`;

export const initProgress = String.raw`
file=$root/mnt/.kubedirector.progress
[ -r "$file" ] || exit 0
last=
while IFS= read -r line; do
  case $line in *[![:space:]]*) last=$line ;; esac
done <<< "$(tail -c 400 -- "$file" | tr '\r' '\n')"
[ -z "$last" ] || printf '%s\n' "$last"
`;
