#!/usr/bin/env bash
# Makes the set-up package of an example: the same bytes of the same files. Usage: build-package.sh NAME OUT.tgz
set -euo pipefail
[ $# = 2 ] || { sed -n '2s/^# //p' "$0" >&2; exit 64; }
cd "$(dirname "${BASH_SOURCE[0]}")/$1" 2> /dev/null || { echo "there is no example $1" >&2; exit 66; }
[[ $2 = /* ]] || set -- "$1" "$OLDPWD/$2"
mkdir -p "$(dirname "$2")"
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u+rwX,go+rX,go-w --format=gnu --dereference \
  --transform="s,^package,$1," -cf - package | gzip -n -9 > "$2"
