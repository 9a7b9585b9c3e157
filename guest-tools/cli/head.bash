#!/bin/bash -p
# configcli: reads /etc/guestconfig/configmeta.json for setup packages. Bash 4.2 and coreutils are all it needs.
# SPDX-License-Identifier: Apache-2.0
#
# -p, above, keeps the caller's SHELLOPTS, BASH_ENV and exported functions out. Functions answer in REPLY.

set +eu +o posix
set -f
LC_ALL=C
IFS=' '

version=1.0
program=${0##*/}
# In front of every absolute path; empty in containers.
root=${KD_GUEST_ROOT:-}
guest_dir=$root/etc/guestconfig

# fail STATUS MESSAGE: one line on standard error, and the end of what is being done.
fail() {
  printf '%s: %s\n' "$program" "${2//[$'\n\r']/ }" >&2
  exit "$1"
}

# note MESSAGE: one line on standard error.
note() { printf '%s: %s\n' "$program" "${1//[$'\n\r']/ }" >&2; }

# answer TEXT: the one thing that goes to standard output.
answer() { printf '%s\n' "$1" || exit 1; }
