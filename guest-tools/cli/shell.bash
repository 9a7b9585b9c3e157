# The interactive shell. Whatever an instruction does to variables, or its end, is its own affair.
interactive=

interactive_shell() {
  local line
  printf '%s %s; help tells the instructions, exit leaves\n' "$program" "$version"
  interactive=1
  # It warns that this shell has no line editing; read -e has.
  [[ ! -t 0 ]] || bind -x '"\t": complete_line' 2>/dev/null
  while read_line; do
    split_words "$line"
    (( ${#WORDS[@]} )) || continue
    [[ ${WORDS[0]} != exit ]] || exit 0
    ( instruction "${WORDS[@]}" )
  done
  printf '\n'
  exit 0
}

# read_line: the next one, in line; status 1 at the end.
read_line() {
  if [[ -t 0 ]]; then
    IFS= read -e -r -p 'ccli> ' line && history -s -- "$line"
  else
    printf 'ccli> '
    IFS= read -r line || [[ $line ]]
  fi
}

# complete_line: Tab. Completes the word before the cursor as far as it is known, or shows what may come.
complete_line() {
  # What calls it is a read with an empty one.
  local IFS=' '
  local before=${READLINE_LINE:0:READLINE_POINT} word candidate common=
  local -a matches=()
  word=${before##* }
  candidates "${before%"$word"}"
  for candidate in $REPLY; do
    [[ $candidate == "$word"* ]] || continue
    matches+=("$candidate")
    [[ ${#matches[@]} -gt 1 ]] || common=$candidate
    while [[ $candidate != "$common"* ]]; do common=${common%?}; done
  done
  case ${#matches[@]} in
    0) return ;;
    1) common+=' ' ;;
    *) [[ $common != "$word" ]] || printf '%s\n' "${matches[*]}" >&2 ;;
  esac
  READLINE_LINE=${before%"$word"}$common${READLINE_LINE:READLINE_POINT}
  READLINE_POINT=$(( ${#before} - ${#word} + ${#common} ))
}

# candidates WORDS-BEFORE: what may come after them.
candidates() {
  local names
  split_words "$1"
  [[ ${WORDS[0]-} != help ]] || WORDS=("${WORDS[@]:1}")
  case ${WORDS[*]} in
    '') REPLY='namespace macro ccli baseimg help exit' ;;
    namespace) REPLY=$roots ;;
    macro) REPLY='node nodegroup' ;;
    ccli | baseimg) REPLY=version ;;
    'macro node' | 'macro nodegroup')
      names=$node_options
      [[ ${WORDS[1]} == node ]] || names=$nodegroup_options
      names=${names//=/}
      REPLY="--${names// / --}"
      ;;
    *) REPLY= ;;
  esac
}
