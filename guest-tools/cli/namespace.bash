# First words of a KEY.
roots='node version cluster distros services tenant auth platform connections nodegroups'

is_root() { [[ $1 && "$1" != *[$' \t\n\r']* && " $roots " == *" $1 "* ]]; }

# lookup KEY: the value that the dotted KEY names. Status 1 where there is none; then $problem.
# Ends the program where KEY is empty, does not begin with a root, or the document cannot be read.
lookup() {
  local key IFS=.
  trim "$1"; key=$REPLY
  [[ $key ]] || fail 1 'an empty key'
  # A quoted key is a key, too.
  if [[ $key == '"'?*'"' ]]; then key=${key:1:${#key}-2}; fi
  # The dot at the end keeps an empty last token.
  key+=.
  local -a tokens=($key)
  key=${key%.}
  IFS=' '
  read_document
  if [[ $key == namespaces ]]; then present_roots; return; fi
  is_root "${tokens[0]}" || fail 1 "namespace: error: ${tokens[0]} is none of $roots"
  # Whatever follows it: so it has always been.
  [[ ${tokens[0]} != version ]] || tokens=(version)
  problem= hops=0
  walk c0 "${tokens[@]}"
}

# present_roots: a map of the roots that the document has.
present_roots() {
  local i map=${#T[@]}
  keys c0
  T[map]='{' C[map]=
  for (( i = 0; i < ${#NAMES[@]}; i++ )); do
    ! is_root "${NAMES[i]}" || C[map]+=" ${NUMBERS[i]} ${VALUES[i]}"
  done
  REPLY=c$map
}

# found KEY: as lookup, but ends the program where there is none.
found() {
  lookup "$1" && return 0
  missing "$1"
}

# In the interactive shell a key that is not there is no error of the command.
missing() {
  [[ ! $interactive ]] || { answer "KeyError: $1: $problem"; exit 1; }
  fail 1 "$1: $problem"
}

get() {
  if ! lookup "$1"; then
    [[ ${option[default]+given} ]] || missing "$1"
    answer "${option[default]}"
    return
  fi
  if [[ ${option[decode]-} ]]; then decode_base64 "$1" "$REPLY"; return; fi
  plain "$REPLY" || fail 1 "$1: $problem"
  answer "$REPLY"
}

get_json() {
  if ! lookup "$1"; then
    [[ ${option[default]+given} ]] || missing "$1"
    answer "${option[default]}"
    return
  fi
  json "$REPLY"
  answer "$REPLY"
}

# decode_base64 KEY VALUE: prints the bytes that the string stands for, and nothing else: they may be a file's.
decode_base64() {
  local text
  [[ $2 != [cl]* ]] && string "$2" || fail 1 "$1: not a string"
  text=${REPLY//[$' \t\n\r']/}
  [[ $text =~ ^[A-Za-z0-9+/]*={0,2}$ ]] && (( ${#text} % 4 == 0 )) || fail 1 "$1: not base64"
  printf %s "$text" | base64 -d || exit 1
}

tenant_info() {
  local i items=
  found tenant
  is_map "$REPLY" || fail 1 'tenant: not a map'
  keys "$REPLY"
  for (( i = 0; i < ${#NAMES[@]}; i++ )); do
    plain "${VALUES[i]}" || fail 1 "tenant.${NAMES[i]}: $problem"
    items+=,${NAMES[i]}=$REPLY
  done
  answer "${items:1}"
}
