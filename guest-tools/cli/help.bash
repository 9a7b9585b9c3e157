help() {
  cat_text "usage: $program [OPTION…] [INSTRUCTION WORD…]

Reads $guest_dir/configmeta.json. Without option and instruction: an interactive shell.

  -g, --get KEY             the value that KEY names: a string, a number, or strings or keys joined by commas;
                            exit status 1 and no output where there is none
      --default VALUE       with --get or --json: what to print where there is none
      --decode              with --get: the bytes that a base64 string stands for, nothing added
      --json KEY            the value as JSON, in one line
  -w, --wait KEY            waits until every endpoint below KEY accepts connections
  -t, --timeout SECONDS     how long --wait waits; 3600 by default
      --get_local_group_fqdns, --get_all_fqdns, --get_nodegroup_fqdns ID
                            members of this node's nodegroup, of all, of one
      --tenant_info, --tenant_info_lookup KEY
      --baseimg_version     first line of $guest_dir/base_img_version
  -v, --version
  -h, --help
      --tokenwait TOKEN --fqdn FQDN, --tokenwake TOKEN [--success|--error], --service_key KEY
      --systemctl UNIT|--systemv NAME, --unregister_srvc KEY
                            accepted for the sake of older packages; without effect

A KEY is names joined by dots. Names may hold dots themselves, and in a list of maps a number counts from 0.
It begins with one of: $roots;
'namespaces' gives those that there are.

Instructions:
  namespace ROOT [KEY]      as --get ROOT.KEY
  macro node OPTION         --get_self_index, --get_self_id, --get_index FQDN, --get_id FQDN
  macro nodegroup OPTION    --num_nodegroups, --get_local_group_fqdns, --get_nodegroup_fqdns ID, --get_all_fqdns
  ccli version, baseimg version
  help [INSTRUCTION], exit"
}

# help_of COMMAND
help_of() {
  case $1 in
    'macro node')
      cat_text "usage: macro node OPTION
  --get_self_index, --get_index FQDN   place among all members, from 0; it changes when members leave
  --get_self_id, --get_id FQDN         number of the member; it never changes" ;;
    'macro nodegroup')
      cat_text "usage: macro nodegroup OPTION
  --num_nodegroups                     how many there are
  --get_local_group_fqdns              members of this node's
  --get_nodegroup_fqdns ID             members of one
  --get_all_fqdns                      members of all" ;;
    macro) cat_text 'usage: macro node OPTION
       macro nodegroup OPTION' ;;
    namespace) cat_text "usage: namespace ROOT [KEY]
  ROOT: one of $roots" ;;
    'namespace '*) cat_text "usage: $1 [KEY]" ;;
    ccli | 'ccli version') cat_text 'usage: ccli version' ;;
    baseimg | 'baseimg version') cat_text 'usage: baseimg version' ;;
    *) fail 1 "no help for: $1" ;;
  esac
}

# cat_text TEXT: prints it and ends.
cat_text() { answer "$1"; exit 0; }
