node_options='get_self_index get_self_id get_index= get_id='
nodegroup_options='num_nodegroups get_local_group_fqdns get_nodegroup_fqdns= get_all_fqdns'

# split_words LINE: its words in WORDS. One that begins with a quote goes on to the next that ends in one.
split_words() {
  local IFS=$' \t\n\r' piece word=
  local -a pieces=($1)
  WORDS=()
  for piece in "${pieces[@]}"; do
    if [[ $word ]]; then
      word+=" $piece"
    elif [[ $piece == '"'* ]]; then
      word=$piece
    else
      WORDS+=("$piece")
      continue
    fi
    if [[ $word == '"'*'"' && $word != '"' ]]; then
      WORDS+=("${word:1:${#word}-2}")
      word=
    fi
  done
  [[ ! $word ]] || WORDS+=($word)
}

# instruction WORD…: runs it and ends the program.
instruction() {
  case $1 in
    namespace) shift; namespace_instruction "$@" ;;
    macro) shift; macro_instruction "$@" ;;
    ccli | baseimg) version_instruction "$@" ;;
    help)
      shift
      (( $# )) || help
      instruction "$@" -h
      ;;
    exit) exit 0 ;;
    -h) help ;;
    *) fail 2 "no such instruction: $*" ;;
  esac
}

namespace_instruction() {
  case ${1-} in
    '') usage_error 1 namespace 'a root is needed' ;;
    -h | --help) help_of namespace ;;
  esac
  [[ $1 == namespaces ]] || is_root "$1" || usage_error 1 namespace "$1 is none of $roots"
  case $#,${2-} in
    *,-h | *,--help) help_of "namespace $1" ;;
    1,*) get "$1" ;;
    2,-*) usage_error 1 "namespace $1" "no such option: $2" ;;
    2,*) get "$1.$2" ;;
    *) usage_error 1 "namespace $1" 'one KEY at most' ;;
  esac
}

macro_instruction() {
  case ${1-} in
    node) shift; parse_macro 'macro node' "$node_options" "$@"; node_macro ;;
    nodegroup) shift; parse_macro 'macro nodegroup' "$nodegroup_options" "$@"; nodegroup_macro ;;
    -h | --help) help_of macro ;;
    *) usage_error 1 macro "node or nodegroup is needed${1:+, not $1}" ;;
  esac
}

version_instruction() {
  case $1,${2-},${3-},$# in
    ccli,version,,2) answer "$version" ;;
    baseimg,version,,2) base_image_version ;;
    *,-h,,2 | *,--help,,2) help_of "$1" ;;
    *,version,-h,3 | *,version,--help,3) help_of "$1 version" ;;
    *) usage_error 1 "$1" 'version is all that can be asked for' ;;
  esac
}

# Its first line; an empty one where there is none.
base_image_version() {
  local line=
  [[ ! -r $guest_dir/base_img_version ]] || IFS= read -r line < "$guest_dir/base_img_version" || :
  answer "$line"
}
