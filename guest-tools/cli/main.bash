# perform: the one action that the options ask for; of several the first here. Status 1 where they ask for none.
perform() {
  local name
  if [[ ${option[version]-} ]]; then answer "$version"
  elif [[ ${option[baseimg_version]-} ]]; then base_image_version
  elif [[ ${option[get]+given} ]]; then get "${option[get]}"
  elif [[ ${option[json]+given} ]]; then get_json "${option[json]}"
  elif [[ ${option[wait]+given} ]]; then wait_for "${option[wait]}"
  elif [[ ${option[tokenwait]+given} ]]; then note '--tokenwait has no effect'
  elif [[ ${option[tokenwake]+given} ]]; then note '--tokenwake has no effect'
  elif [[ ${option[service_key]+given} ]]; then note '--service_key has no effect'
  elif [[ ${option[unregister_srvc]+given} ]]; then note '--unregister_srvc has no effect'
  elif [[ ${option[cp]-} ]]; then fail 1 '--cp is not supported'
  elif [[ ${option[execute]-} ]]; then fail 1 '--execute is not supported'
  elif [[ ${option[tenant_info]-} ]]; then tenant_info
  elif [[ ${option[tenant_info_lookup]+given} ]]; then get "tenant.${option[tenant_info_lookup]}"
  elif [[ ${option[get_local_group_fqdns]-} ]]; then local_fqdns
  elif [[ ${option[get_nodegroup_fqdns]+given} ]]; then fqdns "${option[get_nodegroup_fqdns]}"
  elif [[ ${option[get_all_fqdns]-} ]]; then fqdns
  else return 1
  fi
  exit 0
}

main() {
  if [[ $program == configmacro ]]; then
    split_words "$*"
    macro_instruction "${WORDS[@]}"
    exit 0
  fi
  parse_options "$@"
  perform
  split_words "${WORDS[*]}"
  (( ${#WORDS[@]} )) || interactive_shell
  instruction "${WORDS[@]}"
  exit 0
}

main "$@"
