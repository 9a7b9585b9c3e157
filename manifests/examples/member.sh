# What the setup packages of the examples have in common. It is in every package that has a link to it.
# shellcheck shell=bash

# fqdns ROLE: a word for each member; none if the role has no members
fqdns() { configcli --get "distros.$(configcli --get node.distro_id).1.roles.$1.fqdns" 2> /dev/null | tr ',' ' ' || true; }

# joined SEPARATOR WORD…: "a,b,c"
joined() {
  local separator=$1 text=${2:-}
  shift
  while [ $# -gt 1 ]; do
    text+=$separator$2
    shift
  done
  echo "$text"
}

# argument NAME ARGUMENTS…: the word after NAME; nothing if there is none
argument() {
  local name=$1
  shift
  while [ $# -gt 1 ]; do
    [ "$1" != "$name" ] || { echo "$2"; return; }
    shift
  done
}

# until_true SECONDS WHAT COMMAND…: tries every second; fails when the time is over
until_true() {
  local seconds=$1 what=$2
  shift 2
  echo "waiting for $what"
  for ((i = 0; i < seconds; i++)); do
    if "$@"; then return; fi
    sleep 1
  done
  echo "still waiting for $what after $seconds seconds" >&2
  return 1
}

# listens HOST PORT
listens() { timeout 5 bash -c ": < /dev/tcp/$1/$2" 2> /dev/null; }

# write_file FILE: standard input becomes the file, whole or not at all
write_file() {
  mkdir -p "$(dirname "$1")"
  cat > "$1.part"
  mv "$1.part" "$1"
}

# run_service NAME FILE: `supervise` runs the file from now on. It is process 1 in the images. Elsewhere, as in
# `kubectl kd app test`, it is started here.
run_service() {
  install -D -m 755 "$2" "/etc/supervise/$1"
  if ! grep -qsx supervise /proc/[0-9]*/comm; then nohup ./supervise > /var/log/supervise.log 2>&1 < /dev/null & fi
}
