# wait_for KEY: until each endpoint below KEY accepts TCP connections; status 1 when the time is over.
wait_for() {
  local endpoint host port limit=${option[timeout]-3600} deadline
  # A number after # has no sign: bash ends the program there.
  case $limit in -*) limit=0 ;; *) limit=${limit#+} ;; esac
  deadline=$(( SECONDS + 10#$limit ))
  found "$1"
  collect_endpoints "$REPLY"
  for endpoint in "${ENDPOINTS[@]}"; do
    host=${endpoint%:*} port=${endpoint##*:}
    until reachable "$host" "$port" $(( deadline - SECONDS )); do
      (( SECONDS < deadline )) || fail 1 "$1: $endpoint accepts no connection"
      sleep 1
    done
  done
}

# reachable HOST PORT SECONDS: asks for 3 seconds at most, and for 1 at least.
reachable() {
  local limit=$(( $3 < 1 ? 1 : $3 > 3 ? 3 : $3 ))
  timeout "$limit" "$BASH" -c ': < "/dev/tcp/$1/$2"' "$program" "$1" "$2" 2>/dev/null
}

# collect_endpoints VALUE: every HOST:PORT in ENDPOINTS: of the value where that is a list, and of all lists named
# "endpoints" below it, through references.
collect_endpoints() {
  local value name i
  local -A visited=()
  local -a queue=("$1") names values
  ENDPOINTS=()
  add_endpoints "$1"
  while (( ${#queue[@]} )); do
    value=${queue[0]}
    queue=("${queue[@]:1}")
    problem= hops=0
    walk "$value" && is_map "$REPLY" && [[ ! ${visited[$REPLY]-} ]] || continue
    visited[$REPLY]=1
    keys "$REPLY"
    names=("${NAMES[@]}") values=("${VALUES[@]}")
    for (( i = 0; i < ${#names[@]}; i++ )); do
      if [[ ${names[i]} == endpoints ]]; then add_endpoints "${values[i]}"; else queue+=("${values[i]}"); fi
    done
  done
}

# add_endpoints VALUE: a URL, or a list of them. What names no port is none.
add_endpoints() {
  local item endpoint
  local -a items=("$1")
  ! is_list "$1" || items=(${C[${1#c}]})
  for item in "${items[@]}"; do
    [[ $item != [cl]* ]] && string "$item" || continue
    endpoint=${REPLY#*://}
    endpoint=${endpoint%%/*}
    endpoint=${endpoint//[][]/}
    [[ $endpoint =~ ^[^[:space:]]+:[0-9]+$ && ! ${visited[=$endpoint]-} ]] || continue
    visited[=$endpoint]=1
    ENDPOINTS+=("$endpoint")
  done
}
