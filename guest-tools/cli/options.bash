# Options: what was given, by long name. Those of the old tool may be shortened to a unique beginning.
declare -A option=() macro=()
# NAME: a flag; NAME=: takes a value.
old_options='version baseimg_version get= wait= tokenwait= fqdn= timeout= tokenwake= success error service_key= systemctl=
  systemv= unregister_srvc= cp node= src= dest= perms= execute remote_node= script= tenant_info tenant_info_lookup=
  get_local_group_fqdns get_nodegroup_fqdns= get_all_fqdns help'
new_options='json= default= decode'

# parse_options ARGUMENT…: fills option, and WORDS with what comes after the options.
parse_options() {
  while (( $# )); do
    case $1 in
      --) shift; break ;;
      --?*) long_option "$@"; shift "$REPLY" ;;
      -?*) short_options "$@"; shift "$REPLY" ;;
      *) break ;;
    esac
  done
  WORDS=("$@")
  [[ ! ${option[timeout]+given} || ${option[timeout]} =~ ^[-+]?[0-9]{1,9}$ ]] ||
    usage_error 2 '' "option --timeout: not a number of seconds: ${option[timeout]}"
  if [[ ${option[decode]+given} && ! ${option[get]+given} ]]; then
    usage_error 2 '' 'option --decode goes with --get'
  fi
  if [[ ${option[default]+given} && ! ${option[get]+given} && ! ${option[json]+given} ]]; then
    usage_error 2 '' 'option --default goes with --get or --json'
  fi
}

# long_option --NAME[=VALUE] [VALUE]: how many arguments it was, in REPLY.
long_option() {
  local given=${1#--} name
  given=${given%%=*}
  complete_option "$given" '' "$old_options" "$new_options"
  name=${REPLY%=}
  case $REPLY,$1 in
    *=,*=*) option[$name]=${1#*=}; REPLY=1 ;;
    *=,*)
      (( $# > 1 )) || usage_error 2 '' "option --$name needs a value"
      option[$name]=$2; REPLY=2
      ;;
    *,*=*) usage_error 2 '' "option --$name takes no value" ;;
    help,*) help ;;
    *) option[$name]=1; REPLY=1 ;;
  esac
}

# short_options -X… [VALUE]: how many arguments they were, in REPLY.
short_options() {
  local rest=${1#-} name
  while [[ $rest ]]; do
    case $rest in
      v*) option[version]=1 ;;
      h*) help ;;
      [gwt]*)
        case $rest in g*) name=get ;; w*) name=wait ;; *) name=timeout ;; esac
        if [[ ${rest:1} ]]; then option[$name]=${rest:1}; REPLY=1; return; fi
        (( $# > 1 )) || usage_error 2 '' "option -${rest:0:1} needs a value"
        option[$name]=$2; REPLY=2
        return
        ;;
      *) usage_error 2 '' "no such option: -${rest:0:1}" ;;
    esac
    rest=${rest:1}
  done
  REPLY=1
}

# complete_option GIVEN COMMAND NAMES [EXACT-NAMES]: the option's name, with = where it takes a value.
complete_option() {
  local status=2 name found=
  [[ ! $2 ]] || status=1
  local IFS=$' \n'
  for name in $3 ${4-}; do
    [[ ${name%=} != "$1" ]] || { REPLY=$name; return; }
  done
  for name in $3; do
    [[ $1 && $name == "$1"* ]] || continue
    [[ ! $found ]] || usage_error "$status" "$2" "ambiguous option: --$1"
    found=$name
  done
  [[ $found ]] || usage_error "$status" "$2" "no such option: --$1"
  REPLY=$found
}

# parse_macro COMMAND NAMES WORD…: fills macro.
parse_macro() {
  local command=$1 names=$2 name
  shift 2
  macro=()
  while (( $# )); do
    case $1 in
      -h) help_of "$command" ;;
      --?*) name=${1#--}; complete_option "${name%%=*}" "$command" "$names help" ;;
      *) usage_error 1 "$command" "what is $1?" ;;
    esac
    name=${REPLY%=}
    case $REPLY,$1 in
      help,*) help_of "$command" ;;
      *=,*=*) macro[$name]=${1#*=} ;;
      *=,*)
        (( $# > 1 )) || usage_error 1 "$command" "option --$name needs a value"
        macro[$name]=$2
        shift
        ;;
      *,*=*) usage_error 1 "$command" "option --$name takes no value" ;;
      *) macro[$name]=1 ;;
    esac
    shift
  done
}

# usage_error STATUS COMMAND MESSAGE
usage_error() {
  printf 'usage: %s %s\n' "$program" "${2:-[OPTION…] [INSTRUCTION WORD…]}" >&2
  fail "$1" "${2:+$2: }error: $3"
}
