# What `kafka-topics --describe` prints becomes a plan for `kafka-reassign-partitions`: the partitions of brokers that leave go to
# those that stay, each to the one with the fewest. It prints nothing if there are none.
# leaving, staying: the brokers' ids, separated by blanks
BEGIN {
  split(leaving, list, " ")
  for (i in list) leaves[list[i]] = 1
  stays = split(staying, stay, " ")
}
/\tPartition: / {
  topic = partition = replicas = ""
  for (i = 1; i < NF; i++) {
    if ($i == "Topic:") topic = $(i + 1)
    if ($i == "Partition:") partition = $(i + 1)
    if ($i == "Replicas:") replicas = $(i + 1)
  }
  count = split(replicas, replica, ",")
  for (i = 1; i <= count; i++) held[replica[i]]++
  lines[++found] = topic "\t" partition "\t" replicas
}
END {
  for (line = 1; line <= found; line++) {
    split(lines[line], field, "\t")
    count = split(field[3], replica, ",")
    moves = 0
    delete holds
    for (i = 1; i <= count; i++) {
      holds[replica[i]] = 1
      if (replica[i] in leaves) moves = 1
    }
    if (!moves) continue
    kept = ""
    for (i = 1; i <= count; i++) {
      id = (replica[i] in leaves) ? heir() : replica[i]
      # Fewer copies, where there are not enough brokers for as many.
      if (id != "") kept = kept (kept == "" ? "" : ",") id
    }
    plan = plan (plan == "" ? "" : ",") sprintf("{\"topic\":\"%s\",\"partition\":%d,\"replicas\":[%s]}", field[1], field[2], kept)
  }
  if (plan != "") printf "{\"version\":1,\"partitions\":[%s]}\n", plan
}
# The broker that takes a copy; "" if all that stay have one.
function heir(  i, best) {
  best = ""
  for (i = 1; i <= stays; i++)
    if (!(stay[i] in holds) && (best == "" || held[stay[i]] + 0 < held[best] + 0)) best = stay[i]
  if (best != "") {
    holds[best] = 1
    held[best]++
  }
  return best
}
