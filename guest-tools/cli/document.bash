# The document, as these hold it once it is read:
#   P     the text cut at its quotes: P[2k+1] is string k, not decoded, P[2k] what stands before it
#   T[i]  '{' or '[': what container i is; container 0 is the document
#   C[i]  the values in container i, parted by blanks; in a map the number of the key's string comes before each
# A value is K (string K), cI (container I), or lTEXT (a number, true, false, null).
P=() T=() C=()
backslash=\\ quote=\"

# document_path: where the document is, by configcli.conf or by custom.
document_path() {
  local line key value section=
  REPLY=$guest_dir/configmeta.json
  [[ -r $guest_dir/configcli.conf ]] || return 0
  while IFS= read -r line || [[ $line ]]; do
    trim "$line"; line=$REPLY
    case $line in
      '['*']') section=$line ;;
      [\#\;]* | '') ;;
      *[=:]*)
        trim "${line%%[=:]*}"; key=$REPLY
        trim "${line#*[=:]}"; value=$REPLY
        [[ $section != '[configcli]' || ${key,,} != configmeta ]] || document=$root$value
        ;;
    esac
  done < "$guest_dir/configcli.conf"
  REPLY=${document:-$guest_dir/configmeta.json}
}

# trim TEXT: without the white space around it.
trim() {
  REPLY=${1#"${1%%[!$' \t\n\r']*}"}
  REPLY=${REPLY%"${REPLY##*[!$' \t\n\r']}"}
}

# read_document: reads it, twice where it is not whole: somebody may be writing it. Ends the program where it cannot.
read_document() {
  local document=
  [[ ${#T[@]} -eq 0 ]] || return 0
  document_path; document=$REPLY
  [[ -e $document ]] || fail 1 "$document: no such file"
  [[ -f $document && -r $document ]] || fail 1 "$document: cannot be read"
  parse_document "$document" || { sleep 0.2; parse_document "$document"; } || fail 1 "$document: not JSON"
}

# parse_document FILE: status 1 where it is not JSON, or no map.
parse_document() {
  local text= piece shape before=- at depth=0 id= kind= values=
  local -a ids=() kinds=() outer=()
  local -A shapes=()
  P=() T=() C=()
  # Ends at a NUL, or at the end with status 1: a NUL is no JSON.
  { ! IFS= read -r -d '' text; } 2>/dev/null < "$1" || return 1
  [[ $text != *[$'\x01'-$'\x08\x0b\x0c\x0e'-$'\x1f']* ]] || return 1
  local IFS=$quote
  P=($text)
  IFS=' '
  [[ $text != *"$backslash$quote"* ]] || join_escaped_quotes
  (( ${#P[@]} % 2 )) || return 1
  for (( at = 0; at < ${#P[@]}; at += 2 )); do
    piece=${P[at]}
    shape=${shapes[x$piece]-}
    if [[ ! $shape ]]; then
      shape=${piece//[$' \t\n\r']/}
      [[ $shape ]] || return 1
      shapes[x$piece]=$shape
    fi
    (( ! at )) || values+=" $(( at / 2 - 1 ))"
    # What the string before this piece was (k: a key, m: a value in a map, l: in a list), and the piece.
    case $before$shape in
      k:) before=m ;;
      m,) before=k ;;
      l,) ;;
      *) parse_shape || return 1 ;;
    esac
  done
  [[ $before == end && ${T[0]-} == '{' ]]
}

# join_escaped_quotes: where a quote is part of a string, P is cut at it no more.
join_escaped_quotes() {
  local piece slashes joined= is_string=0
  local -a pieces=("${P[@]}")
  P=()
  for piece in "${pieces[@]}"; do
    if (( is_string )) && [[ $piece == *"$backslash" ]]; then
      slashes=${piece##*[!\\]}
      if (( ${#slashes} % 2 )); then joined+=$piece$quote; continue; fi
    fi
    P+=("$joined$piece")
    joined= is_string=$(( ! is_string ))
  done
}

# parse_shape: any other piece, character by character. Works on parse_document's variables.
parse_shape() {
  local rest=$shape expected literal
  case $before in -) expected=value ;; k) expected=colon ;; *) expected=after ;; esac
  while [[ $rest ]]; do
    case "$expected ${rest:0:1}" in
      'colon :') expected=value ;;
      'after ,') case $kind in '{') expected=key ;; '[') expected=value ;; *) return 1 ;; esac ;;
      'after }' | 'member }') [[ $kind == '{' ]] || return 1; close_container ;;
      'after ]' | 'item ]') [[ $kind == '[' ]] || return 1; close_container ;;
      'value {' | 'item {') open_container '{'; expected=member ;;
      'value [' | 'item [') open_container '['; expected=item ;;
      'value '[-0-9tfn] | 'item '[-0-9tfn])
        literal=${rest%%[],\}]*}
        is_literal "$literal" || return 1
        values+=" l$literal" expected=after rest=${rest:${#literal}}
        continue
        ;;
      *) return 1 ;;
    esac
    rest=${rest:1}
  done
  case $expected in
    key | member) before=k ;;
    value | item) if [[ $kind == '{' ]]; then before=m; else before=l; fi ;;
    after) (( depth == 0 && at + 1 == ${#P[@]} )) || return 1; before=end ;;
    *) return 1 ;;
  esac
}

is_literal() {
  case $1 in true | false | null) return 0 ;; esac
  [[ $1 =~ ^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$ ]]
}

open_container() {
  local opened=${#T[@]}
  values+=" c$opened"
  ids[depth]=$id kinds[depth]=$kind outer[depth]=$values
  (( ++depth ))
  id=$opened kind=$1 values=
  T[id]=$1
}

close_container() {
  C[id]=$values
  (( --depth ))
  id=${ids[depth]} kind=${kinds[depth]} values=${outer[depth]} expected=after
}
