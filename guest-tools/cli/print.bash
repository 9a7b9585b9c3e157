# plain VALUE: as it is printed. Status 1 where there is no such form; then $problem.
plain() {
  problem='a value that only --json can print'
  case $1 in
    lnull) REPLY= ;;
    l-0) REPLY=0 ;;
    l*[.eE]*) case $1 in ltrue | lfalse) REPLY=${1:1} ;; *) return 1 ;; esac ;;
    l*) REPLY=${1:1} ;;
    c*) plain_container "$1" ;;
    *) string "$1" || { problem='a string with a NUL, which only --json can print'; return 1; } ;;
  esac
}

# Strings or keys, joined by commas.
plain_container() {
  local item joined=
  if is_list_of_maps "$1"; then merged "$1"; set -- "$REPLY"; fi
  if is_map "$1"; then
    keys "$1"
    (( ! ${#NAMES[@]} )) || printf -v joined ',%s' "${NAMES[@]}"
  else
    for item in ${C[${1#c}]}; do
      [[ $item != [cl]* ]] && string "$item" || return 1
      joined+=,$REPLY
    done
  fi
  REPLY=${joined:1}
}

# json VALUE: its JSON text in one line, as it stands in the document.
json() {
  local text=
  append_json "$1"
  REPLY=$text
}

# Works on json's variable.
append_json() {
  local -a items
  local i
  case $1 in
    l*) text+=${1:1} ;;
    c*)
      items=(${C[${1#c}]})
      if is_list "$1"; then
        text+='['
        for (( i = 0; i < ${#items[@]}; i++ )); do
          (( ! i )) || text+=,
          append_json "${items[i]}"
        done
        text+=']'
      else
        text+='{'
        for (( i = 0; i < ${#items[@]}; i += 2 )); do
          (( ! i )) || text+=,
          append_json "${items[i]}"
          text+=:
          append_json "${items[i + 1]}"
        done
        text+='}'
      fi
      ;;
    *) text+=$quote${P[2 * $1 + 1]}$quote ;;
  esac
}
