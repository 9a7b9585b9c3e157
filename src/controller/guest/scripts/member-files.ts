/** Files of the guest contract: configmeta.json, configcli and its links, injected files, the setup package. */

import { configFolder, packageFolder, packageMount } from '../../../apis/kubedirector/guest-paths.ts';
import { configmetaFile } from '../../../guest/files.ts';

/** write_configmeta FILE LAYOUT: keeps the mode and owner that a startscript may have given the one before, and its folder. */
export const configmeta = String.raw`
write_configmeta() {
  local dir=$root${configFolder} part mode=644
  mkdir -p -- "$dir" || return
  if [ "$2" = new ]; then mode=600; [ -e "$root${configmetaFile}" ] || private_directory "$dir" || return; fi
  part=$(mktemp "$dir/.configmeta.XXXXXX") || return
  cat -- "$1" > "$part" || { rm -f -- "$part"; return 1; }
  if [ -e "$root${configmetaFile}" ]; then
    chmod --reference="$root${configmetaFile}" -- "$part"
    chown --reference="$root${configmetaFile}" -- "$part" 2> /dev/null || true
  else
    chmod "$mode" -- "$part"
  fi
  mv -f -- "$part" "$root${configmetaFile}" || { rm -f -- "$part"; return 1; }
}
`;

/**
 * has_configcli; link_configcli LAYOUT; install_configcli ARCHIVE LAYOUT, in the folder "$work". Who may not write to the
 * image's directories of programs gets no links, and configcli in "$tools".
 */
export const configcli = String.raw`
has_configcli() {
  [ -e "$root/usr/local/bin/configcli" ] || [ -e "$root/usr/bin/configcli" ] || [ -e "$tools/bin/configcli" ]
}
may_install() {
  local bin
  # The new layout's installer makes links in the second.
  for bin in "$root/usr/local/bin" "$root/usr/bin"; do
    [ "$1" = new ] || [ "$bin" = "$root/usr/bin" ] || continue
    # What is not there can be made by whoever may write beside it.
    [ -w "$bin" ] || { [ ! -e "$bin" ] && mkdir -p -- "$bin" 2> /dev/null; } || return
  done
}
link_configcli() {
  local bin=$root/usr/bin name
  # Where the layout has it, else where the image brings its own.
  if [ "$1" = new ] || [ ! -e "$bin/configcli" ]; then bin=$root/usr/local/bin; fi
  [ -e "$bin/configcli" ] || bin=$root/usr/bin
  [ -e "$bin/configcli" ] || return 0
  [ -w "$bin" ] || return 0
  for name in bdvcli bd_vcli; do
    [ -e "$bin/$name" ] || ln -sfn -- "$bin/configcli" "$bin/$name" || return
  done
  [ "$bin" != "$root/usr/bin" ] || return 0
  mkdir -p -- "$root/usr/bin" || return
  [ -w "$root/usr/bin" ] || return 0
  for name in configcli ccli configmacro bdvcli bd_vcli; do
    [ ! -e "$bin/$name" ] || [ -e "$root/usr/bin/$name" ] || ln -sfn -- "$bin/$name" "$root/usr/bin/$name" || return
  done
}
install_configcli() {
  local dir
  mkdir -- "$work/configcli" && tar -xzf "$1" -C "$work/configcli" || return
  for dir in "$work"/configcli/configcli-*/; do
    chmod +x -- "$dir/install" || return
    if ! may_install "$2"; then (cd -- "$dir" && timeout 600 ./install --to "$tools") || return
    elif [ "$2" = new ]; then (cd -- "$dir" && timeout 600 ./install --new) || return
    else (cd -- "$dir" && timeout 600 ./install) || return
    fi
  done
  link_configcli "$2"
}
`;

/**
 * download URL FILE SECONDS; inject_file URL DIRECTORY MODE OWNER GROUP; fetch_package URL FILE; unpack_package ARCHIVE
 * puts it into /opt/guestconfig, emptied. An image holds a package as an archive, or as the folder that is in it. Names and connections that fail may do so because the pod's network is new.
 */
export const downloads = String.raw`
download() {
  local turn code=0
  for turn in 1 2 4 8 0; do
    code=0
    timeout "$(($3 + 60))" curl -fsSL --retry 3 --connect-timeout 30 --max-time "$3" -o "$2" -- "$1" || code=$?
    case $code in 6 | 7 | 35 | 52 | 56) [ "$turn" = 0 ] || sleep "$turn" ;; *) break ;; esac
  done
  return "$code"
}
inject_file() {
  local name=${'$'}{1%%[?#]*} part real
  name=${'$'}{name##*/}
  [ -n "$name" ] || { echo "the URL names no file" >&2; return 2; }
  mkdir -p -- "$root$2" && real=$(cd -P -- "$root$2" && pwd) || return
  # A symbolic link may lead where the API lets nobody name a directory.
  case ${'$'}{real#"$root"}/ in
    ${configFolder}/* | ${packageFolder}/*)
      echo "$2 leads to $real, which is KubeDirector's own; choose another destDir" >&2
      return 2 ;;
  esac
  part=$(mktemp "$root$2/.kd-inject.XXXXXX") || return
  download "$1" "$part" 900 && chmod "${'$'}{3:-644}" -- "$part" &&
    { [ -z "$4" ] || chown -- "$4" "$part"; } && { [ -z "$5" ] || chgrp -- "$5" "$part"; } &&
    mv -f -- "$part" "$root$2/$name" && return
  local code=$?
  rm -f -- "$part"
  return "$code"
}
fetch_package() {
  local image=$root${packageMount} found
  case $1 in oci://*) ;; *) download "$1" "$2" 1200; return ;; esac
  found=("$image"/*.tgz)
  if [ "${'$'}{#found[@]}" -eq 1 ]; then cp -- "${'$'}{found[0]}" "$2"; return; fi
  found=("$image"/*/startscript)
  [ "${'$'}{#found[@]}" -eq 1 ] ||
    { echo 'the image holds neither one .tgz file nor one folder with a startscript' >&2; return 4; }
  found=${'$'}{found[0]%/startscript}
  tar -czf "$2" -C "$image" -- "${'$'}{found##*/}"
}
unpack_package() {
  local old found
  mkdir -- "$work/unpacked" && tar -xzf "$1" -C "$work/unpacked" || return
  found=("$work"/unpacked/*/startscript)
  [ "${'$'}{#found[@]}" -gt 0 ] ||
    { echo 'it holds no */startscript' >&2; return 4; }
  # An installer of configcli may have opened it.
  private_directory "$guest" && chmod +x -- "${'$'}{found[@]}" || return
  shopt -s dotglob
  for old in "$guest"/*; do
    case ${'$'}{old##*/} in .setup.*) ;; *) rm -rf -- "$old" ;; esac
  done
  mv -- "$work"/unpacked/* "$guest"/
}
`;
