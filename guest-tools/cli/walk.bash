# What the last walk that led nowhere found in its way: `problem` says so.
problem= hops=0
# References that one walk may follow: any more, and they go in circles.
max_hops=100

is_map() { [[ $1 == c* && ${T[${1#c}]} == '{' ]]; }
is_list() { [[ $1 == c* && ${T[${1#c}]} == '[' ]]; }

# is_list_of_maps VALUE: a list of at least one, and of nothing else.
is_list_of_maps() {
  local item
  is_list "$1" || return 1
  [[ ${C[${1#c}]} ]] || return 1
  for item in ${C[${1#c}]}; do is_map "$item" || return 1; done
}

# member MAP KEY: that member's value; of several with this key the last, as JSON readers have it.
member() {
  local -a pairs=(${C[${1#c}]})
  local i key found=
  for (( i = 0; i < ${#pairs[@]}; i += 2 )); do
    key=${P[2 * pairs[i] + 1]}
    if [[ $key == *"$backslash"* ]]; then
      string "${pairs[i]}" || continue
      key=$REPLY
    fi
    [[ $key != "$2" ]] || found=${pairs[i + 1]}
  done
  REPLY=$found
  [[ $found ]]
}

# keys MAP: its keys in NAMES, their strings' numbers in NUMBERS, its values in VALUES; in the document's order.
keys() {
  local -a pairs=(${C[${1#c}]})
  local -A place=()
  local i at
  NAMES=() NUMBERS=() VALUES=()
  for (( i = 0; i < ${#pairs[@]}; i += 2 )); do
    string "${pairs[i]}" || continue
    at=${place[x$REPLY]-${#NAMES[@]}}
    place[x$REPLY]=$at
    NAMES[at]=$REPLY NUMBERS[at]=${pairs[i]} VALUES[at]=${pairs[i + 1]}
  done
}

# merged LIST: a new map of all the maps of the list, the last one winning.
merged() {
  local item merged=${#T[@]}
  T[merged]='{' C[merged]=
  for item in ${C[${1#c}]}; do C[merged]+=${C[${item#c}]}; done
  REPLY=c$merged
}

# reference MAP: where it refers to, counted from the document's root, in TARGET; status 1 where it is no reference.
reference() {
  local item
  member "$1" bdvlibrefkey && is_list "$REPLY" || return 1
  TARGET=()
  for item in ${C[${REPLY#c}]}; do
    [[ $item != [cl]* ]] && string "$item" || return 1
    TARGET+=("$REPLY")
  done
}

# walk VALUE [TOKEN…]: the value that the tokens lead to from there. Status 1 where they lead nowhere; then $problem.
# A token may be a member's name, an index of a list of maps, or the beginning of a name with dots: the shortest first.
walk() {
  local value=$1 map= name n
  shift
  if is_map "$value"; then
    map=$value
  elif (( $# )) && is_list_of_maps "$value"; then
    merged "$value"; map=$REPLY
  elif (( ! $# )); then
    REPLY=$value; return 0
  fi
  if [[ $map ]]; then
    for (( n = 1; n <= $#; n++ )); do
      if (( n == 1 )); then name=$1; else name+=.${!n}; fi
      if [[ $name ]] && member "$map" "$name"; then
        walk "$REPLY" "${@:n + 1}" && return 0
      fi
      if (( n == 1 )) && [[ $map != "$value" ]] && item "$value" "$1"; then
        walk "$REPLY" "${@:2}" && return 0
      fi
    done
    if reference "$map"; then
      (( ++hops <= max_hops )) || { problem='references that go in circles'; return 1; }
      walk c0 "${TARGET[@]}" "$@"
      return
    fi
    if (( ! $# )); then REPLY=$value; return 0; fi
  fi
  [[ $problem ]] || explain "$map"
  return 1
}

# item LIST INDEX: that element, counted from 0.
item() {
  local -a items=(${C[${1#c}]})
  [[ $2 =~ ^(0|[1-9][0-9]{0,8})$ ]] && (( $2 < ${#items[@]} )) || return 1
  REPLY=${items[$2]}
}

# Names at most so many keys of the map where a walk ended; never a value.
explain() {
  local names
  problem='no such key'
  if [[ $1 ]]; then
    keys "$1"
    printf -v names ', %s' "${NAMES[@]:0:20}"
    (( ${#NAMES[@]} <= 20 )) || names+=', ...'
    problem+=" (have: ${names:2})"
  else
    problem+=' (there are no keys below)'
  fi
}
