/**
 * A volume whose member comes to another app: its package is kept aside in `.setup.backup`, the next one is fetched, and
 * on the way back what was kept is taken back. Each step can be repeated after a kill at any point: entries move one by
 * one between folders whose names say where they belong (`.setup.moving`: to the backup; `.setup.restoring`: back), and a
 * rename of such a folder is what takes the next step. `.setup.package` says which app the package belongs to, `.setup.run`
 * what the startscript is to be called with instead of `--configure`.
 */
import { backupName, packageBackup } from '../../../guest/files.ts';
import { podMovedOption } from '../../../guest/startscript.ts';

/**
 * Functions: `prepare_package` brings the package folder to where the package of `version` is there, or is to be fetched
 * (then `is_stale` is set); `link_backup`. They read what kd-setup is given: `direction`, `upgrade`, `version`, and `guest`,
 * `configure_status` and `status`.
 */
export const upgrade = String.raw`
kept=$guest/${backupName} moving=$guest/.setup.moving restoring=$guest/.setup.restoring
package_of=$guest/.setup.package next_run=$guest/.setup.run
find_entries() {
  local one
  found=()
  for one in "$1"/* "$1"/.[!.]*; do
    case ${'$'}{one##*/} in .setup.* | .configmeta.* | .notify.lock*) ;; *) found+=("$one") ;; esac
  done
}
move_entries() {
  local one
  find_entries "$1"
  for one in "${'$'}{found[@]}"; do mv -f -- "$one" "$2/" || return; done
}
has_backup() { [ -d "$kept" ] && content "$kept/.setup.upgrade" && [ "$line" = "$upgrade" ]; }
was_set_up() {
  # A run that is still owed is one of a member that had been set up.
  [ ! -e "$next_run" ] || return 0
  content "$configure_status"
  case $line in *=0) return 0 ;; esac
  content "$status"
  case $line in *=ready=*) return 0 ;; *) return 1 ;; esac
}
move_aside() {
  private_directory "$moving" && move_entries "$guest" "$moving" || return
  [ ! -e "$package_of" ] || mv -f -- "$package_of" "$moving/" || return
  record "$moving/.setup.upgrade" "$upgrade" && rm -rf -- "$kept" && mv -T -- "$moving" "$kept"
}
take_back() {
  if has_backup; then
    record "$next_run" ${podMovedOption('reverted')} || return
    find_entries "$guest"
    rm -rf -- "${'$'}{found[@]}" "$package_of" "$kept/${'$'}{configure_status##*/}" && mv -T -- "$kept" "$restoring" || return
  elif [ -d "$moving" ]; then
    # What is still here has not been moved yet: the next package never came.
    record "$next_run" ${podMovedOption('reverted')} || return
    rm -f -- "$configure_status" "$moving/${'$'}{configure_status##*/}" && mv -T -- "$moving" "$restoring" || return
  fi
  finish_restore
}
finish_restore() {
  [ -d "$restoring" ] || return 0
  move_entries "$restoring" "$guest" || return
  if [ "$direction" = reverted ]; then record "$package_of" "$version"
  elif [ -e "$restoring/.setup.package" ]; then mv -f -- "$restoring/.setup.package" "$guest/"
  fi && rm -rf -- "$restoring"
}
is_other() { content "$package_of"; [ "$line" != "$version" ]; }
prepare_package() {
  is_stale=
  case $direction in
    upgraded)
      finish_restore || return
      if [ -d "$moving" ] || { ! has_backup && is_other && was_set_up; }; then move_aside || return; fi
      ! is_other || is_stale=yes
      [ -z "$is_stale" ] || ! has_backup || record "$next_run" ${podMovedOption('upgraded')} ;;
    reverted)
      take_back || return
      # Of a member that joined with the other app. Packages that nobody has marked are from before the upgrade.
      content "$package_of"
      [ -z "$line" ] || [ "$line" = "$version" ] || is_stale=yes ;;
    *)
      [ ! -d "$moving" ] || mv -T -- "$moving" "$restoring" || return
      finish_restore ;;
  esac
}
link_backup() {
  local link=$root${packageBackup}
  [ -L "$link" ] || [ ! -e "$link" ] || return 0
  if [ -d "$kept" ]; then ln -sfn -- "${'$'}{guest##*/}/${backupName}" "$link"
  elif [ -L "$link" ]; then rm -f -- "$link"
  fi 2> /dev/null || true
}
`;
