# Both work on the roles of one nodegroup, or of all.

# each_role FUNCTION [NODEGROUP]: calls FUNCTION with the map of each role, in the document's order.
# Ends the program where there is no such nodegroup.
each_role() {
  local group role all
  local -a groups roles
  read_document
  problem= hops=0
  walk c0 nodegroups || fail 1 "nodegroups: $problem"
  all=$REPLY
  if [[ ${2+given} ]]; then
    member "$all" "$2" || fail 1 "no nodegroup $2"
    groups=("$REPLY")
  else
    keys "$all"
    groups=("${VALUES[@]}")
  fi
  for group in "${groups[@]}"; do
    walk "$group" roles && is_map "$REPLY" || continue
    keys "$REPLY"
    roles=("${VALUES[@]}")
    for role in "${roles[@]}"; do "$1" "$role"; done
  done
}

# strings_of ROLE NAME: the strings of that list in STRINGS; none where there is no such list.
strings_of() {
  local item
  STRINGS=()
  problem= hops=0
  walk "$1" "$2" && is_list "$REPLY" || return 0
  for item in ${C[${REPLY#c}]}; do
    [[ $item == [cl]* ]] || ! string "$item" || STRINGS+=("$REPLY")
  done
}

# fqdns [NODEGROUP]: members of all roles, each once.
fqdns() {
  local joined=
  local -A seen=()
  each_role add_fqdns "$@"
  answer "${joined:1}"
}

add_fqdns() {
  local fqdn
  strings_of "$1" fqdns
  for fqdn in "${STRINGS[@]}"; do
    [[ ! ${seen[x$fqdn]-} ]] || continue
    seen[x$fqdn]=1 joined+=,$fqdn
  done
}

local_fqdns() {
  found node.nodegroup_id
  plain "$REPLY" || fail 1 "node.nodegroup_id: $problem"
  fqdns "$REPLY"
}

count_nodegroups() {
  found nodegroups
  keys "$REPLY"
  answer "${#NAMES[@]}"
}

own_id() {
  found node.id
  plain "$REPLY" || fail 1 "node.id: $problem"
}

# id_of FQDN: by the fqdn_mappings of some role.
id_of() {
  local fqdn=$1 id=
  each_role find_id
  [[ $id ]] || fail 1 "$fqdn: no such member"
  REPLY=$id
}

find_id() {
  [[ ! $id ]] && walk "$1" fqdn_mappings && is_map "$REPLY" && member "$REPLY" "$fqdn" && plain "$REPLY" || return 0
  id=$REPLY
}

# index_of ID: its place among the ids of all members, in the order of the numbers that they end with.
index_of() {
  local id=$1 index=0 known= own
  trailing_number "$1"; own=$REPLY
  each_role count_smaller
  [[ $known ]] || fail 1 "$id: no member has this id"
  REPLY=$index
}

count_smaller() {
  local other
  strings_of "$1" node_ids
  for other in "${STRINGS[@]}"; do
    if [[ $other == "$id" ]]; then known=1; continue; fi
    trailing_number "$other"
    (( REPLY < own || REPLY == own && ! ${known:-0} )) && (( ++index ))
  done
}

trailing_number() {
  [[ $1 =~ ([0-9]{1,18})$ ]] && REPLY=$(( 10#${BASH_REMATCH[1]} )) || REPLY=0
}

# node_macro, nodegroup_macro: the first of the options given runs.
node_macro() {
  if [[ ${macro[get_self_index]+given} ]]; then own_id; index_of "$REPLY"
  elif [[ ${macro[get_self_id]+given} ]]; then own_id
  elif [[ ${macro[get_index]+given} ]]; then id_of "${macro[get_index]}"; index_of "$REPLY"
  elif [[ ${macro[get_id]+given} ]]; then id_of "${macro[get_id]}"
  else usage_error 2 'macro node' 'one of --get_self_index, --get_self_id, --get_index, --get_id is needed'
  fi
  answer "$REPLY"
}

nodegroup_macro() {
  if [[ ${macro[num_nodegroups]+given} ]]; then count_nodegroups
  elif [[ ${macro[get_local_group_fqdns]+given} ]]; then local_fqdns
  elif [[ ${macro[get_nodegroup_fqdns]+given} ]]; then fqdns "${macro[get_nodegroup_fqdns]}"
  elif [[ ${macro[get_all_fqdns]+given} ]]; then fqdns
  else
    usage_error 2 'macro nodegroup' \
      'one of --num_nodegroups, --get_local_group_fqdns, --get_nodegroup_fqdns, --get_all_fqdns is needed'
  fi
}
