#!/bin/sh
# Takes KubeDirector out of a cluster, and says first what goes with it.
#
#   uninstall.sh [--yes] [--keep-data] [--abandon] [--namespace NAME] [--timeout SECONDS]
#
# Without --yes it only tells what it would do. It may be broken off and run again at any time.
#
#   --keep-data   remove the program alone: its volume, and with it every app and cluster, stay for the next
#                 installation; the clusters' pods run on, unattended
#   --abandon     go on although the API does not answer, or something of a cluster does not go: what is left of
#                 clusters then stays behind, and is listed
#   --namespace   the system namespace (kubedirector)
#   --timeout     seconds to wait for each thing to be gone (300)
#
# KUBECTL names another kubectl, with arguments if need be. Exit code: 0 done, or nothing to do; 1 failed; 2 nothing was
# done: --yes is missing, or the arguments make no sense.
#
# The order matters. Clusters go while the program still runs: it alone takes their finalizers off, and Kubernetes'
# garbage collector asks its API who owns their pods and volumes. Then the APIService: as long as it names a server
# that is gone, no namespace can be deleted. Then all else.
set -eu

api_service=v1beta1.kubedirector.hpe.com
clusters=kubedirectorclusters.kubedirector.hpe.com
# The natives of clusters, wherever they are.
natives=statefulsets,services,pods,persistentvolumeclaims,poddisruptionbudgets
of_clusters=kubedirector.hpe.com/kdcluster
# A cluster that is being restored may not be deleted, but with this label.
restoring=kubedirector.hpe.com/restoring
allow_delete=kubedirector.hpe.com/allow-delete-while-restoring
cluster_roles='kubedirector-admin kubedirector-connect kubedirector-edit kubedirector-view
  kubedirector-controller kubedirector-own-certificate'
cluster_role_bindings='kubedirector-controller kubedirector-own-certificate kubedirector:system:auth-delegator'
reader_binding=kubedirector-authentication-reader

yes='' keep_data='' abandon='' namespace=kubedirector timeout=300

say() { printf '%s\n' "$*"; }
fail() { printf 'uninstall.sh: %s\n' "$*" >&2; exit 1; }
usage() { printf 'uninstall.sh: %s\n' "$*" >&2; sed -n '2,/^# done: --yes/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
# shellcheck disable=SC2086 # KUBECTL may hold arguments
k() { ${KUBECTL:-kubectl} "$@"; }
remove() { k delete --ignore-not-found --timeout "${timeout}s" "$@"; }
indented() { sed 's/^/  /'; }

arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --yes) yes=1 ;;
      --keep-data) keep_data=1 ;;
      --abandon) abandon=1 ;;
      --namespace | --timeout)
        [ -n "${2:-}" ] || usage "$1 needs a value"
        if [ "$1" = --namespace ]; then namespace=$2; else timeout=$2; fi
        shift
        ;;
      *) usage "unknown argument: $1" ;;
    esac
    shift
  done
  case $timeout in '' | 0* | *[!0-9]*) usage '--timeout is a number of seconds' ;; esac
  case $namespace in default | kube-* | *[!a-z0-9-]*) usage "not a namespace of KubeDirector's own: $namespace" ;; esac
  if [ -n "$keep_data" ] && [ -n "$abandon" ]; then usage '--keep-data leaves clusters alone: it abandons nothing'; fi
}

# available, unavailable or absent
state_of_api() {
  state=$(k get apiservice "$api_service" --ignore-not-found \
    -o 'jsonpath={.metadata.name} {.status.conditions[?(@.type=="Available")].status}') ||
    fail 'the APIService cannot be read'
  case $state in '') say absent ;; *' True') say available ;; *) say unavailable ;; esac
}

# shellcheck disable=SC2086 # lists of names
installed() {
  [ "$api" != absent ] || has_namespace ||
    [ -n "$(k get clusterrole $cluster_roles --ignore-not-found -o name)" ] ||
    [ -n "$(k get clusterrolebinding $cluster_role_bindings --ignore-not-found -o name)" ] ||
    [ -n "$(k get rolebinding "$reader_binding" --namespace kube-system --ignore-not-found -o name)" ]
}

has_namespace() { [ -n "$(k get namespace "$namespace" --ignore-not-found -o name)" ]; }

names_of_clusters() { # names_of_clusters [KUBECTL ARGUMENTS]
  k get "$clusters" --all-namespaces --no-headers "$@" \
    -o custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,APP:.spec.app
}

left_of_clusters() {
  k get "$natives" --all-namespaces --selector "$of_clusters" --no-headers \
    -o custom-columns=KIND:.kind,NAMESPACE:.metadata.namespace,NAME:.metadata.name
}

# ---------------------------------------------------------------- what would go

tell() {
  case $api in
    available)
      found=$(names_of_clusters) || fail 'clusters cannot be listed'
      held=$(names_of_clusters --selector "$restoring") || fail 'clusters cannot be listed'
      others=$(k get kubedirectorapps,kubedirectorbackups,kubedirectorconfigs,kubedirectorstatusbackups --all-namespaces --no-headers \
        -o custom-columns=KIND:.kind,NAMESPACE:.metadata.namespace,NAME:.metadata.name) || fail 'apps cannot be listed'
      ;;
    *) found='' held='' others='' ;;
  esac
  if [ -n "$keep_data" ]; then
    section 'These clusters run on, unattended:' "$found"
  else
    section 'These KubeDirectorClusters are deleted, with their pods, Services and PersistentVolumeClaims:' "$found"
    section '  Also these of them, although they are still being restored from a backup:' "$held"
    section "These go with the program's data:" "$others"
  fi
  if has_namespace; then tell_namespace; else say "There is no namespace $namespace."; fi
  if [ -z "$keep_data" ]; then
    kept=$(volumes_kept) || fail 'volumes cannot be listed'
    section 'These volumes are kept by Kubernetes (reclaim policy Retain), with the data in them:' "$kept"
  fi
  say 'The APIService, ClusterRoles and bindings are deleted; all users lose their rights to kubedirector.hpe.com.'
}

tell_namespace() {
  if [ -n "$keep_data" ]; then
    say "Namespace $namespace stays, with the claim kubedirector-data; the Deployment and all else of the program go."
    return
  fi
  say "Namespace $namespace is deleted, with everything in it."
  section '  That includes these, which are not of the installation:' "$(foreign)"
}

# What is in the namespace beside the installation, its pods, and what Kubernetes and the server put there themselves.
foreign() {
  k get deployments,statefulsets,daemonsets,jobs,cronjobs,services,configmaps,secrets,persistentvolumeclaims \
    --namespace "$namespace" --selector 'app.kubernetes.io/part-of!=kubedirector' -o name |
    grep -v -e '^configmap/kube-root-ca\.crt$' -e '^secret/kubedirector-\(serving\|tls\|ca\)$' || true
}

# Of the claims that go: all of the namespace, and those of clusters where these are deleted.
volumes_kept() {
  claims=''
  if [ "$api" = available ]; then
    claims=$(k get persistentvolumeclaims --all-namespaces --selector "$of_clusters" --no-headers \
      -o custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name) || return
  fi
  claim=NAMESPACE:.spec.claimRef.namespace,CLAIM:.spec.claimRef.name
  volumes=$(k get persistentvolumes --no-headers \
    -o "custom-columns=POLICY:.spec.persistentVolumeReclaimPolicy,NAME:.metadata.name,$claim") || return
  printf '%s\n' "$claims" "$volumes" | awk -v namespace="$namespace" '
    NF == 2 { goes[$1, $2] = 1 }
    NF == 4 && $1 == "Retain" && ($3 == namespace || ($3, $4) in goes) { print $2, "of", $3 "/" $4 }'
}

section() { # section TITLE LINES
  [ -n "$2" ] || return 0
  say "$1"
  say "$2" | indented
}

# ---------------------------------------------------------------- what goes

delete_clusters() {
  if [ "$api" = available ]; then
    say 'Deleting clusters ...'
    held=$(names_of_clusters --selector "$restoring") || fail 'clusters cannot be listed'
    if [ -n "$held" ]; then
      k label "$clusters" --all-namespaces --selector "$restoring" "$allow_delete=" --overwrite ||
        [ -n "$abandon" ] || fail 'what is being restored cannot be deleted; nothing was removed'
    fi
    if ! remove "$clusters" --all --all-namespaces; then
      [ -n "$abandon" ] ||
        fail "clusters could not be deleted, or are still there after $timeout s; nothing else was removed. See above, and
kubectl describe kdcluster"
    fi
    # What a cluster owns goes after it, and Kubernetes needs the API for that.
    waited=0
    while [ -n "$(left_of_clusters)" ] && [ "$waited" -lt "$timeout" ]; do
      sleep 1
      waited=$((waited + 1))
    done
  fi
  left=$(left_of_clusters)
  [ -n "$left" ] || return 0
  section "Still there, labelled $of_clusters:" "$left"
  [ -n "$abandon" ] || [ "$api" = absent ] ||
    fail "these did not go within $timeout s; nothing else was removed. Delete them, or leave them with --abandon"
  say "They stay behind. To delete them: kubectl delete $natives --selector $of_clusters --namespace NAMESPACE"
}

delete_registration() {
  remove apiservice "$api_service"
}

# What the overlay `namespaced` binds in the place of one ClusterRole.
delete_namespaced_rights() {
  if [ -n "$(k get clusterrole kubedirector-cluster-reader --ignore-not-found -o name)" ]; then
    remove clusterrolebinding,clusterrole kubedirector-cluster-reader
  fi
  for place in $(k get rolebinding --all-namespaces --field-selector metadata.name=kubedirector-controller \
    --selector app.kubernetes.io/part-of=kubedirector -o 'jsonpath={range .items[*]}{.metadata.namespace}{"\n"}{end}'); do
    remove rolebinding,role kubedirector-controller --namespace "$place"
  done
}

delete_program() {
  if has_namespace; then
    # First the program, and its pod with it: it would go on working with rights that vanish one by one.
    remove deployment kubedirector --namespace "$namespace" --cascade=foreground
  fi
  # shellcheck disable=SC2086 # lists of names
  remove clusterrolebinding $cluster_role_bindings
  # shellcheck disable=SC2086
  remove clusterrole $cluster_roles
  remove rolebinding "$reader_binding" --namespace kube-system
  delete_namespaced_rights
  has_namespace || return 0
  if [ -z "$keep_data" ]; then
    remove namespace "$namespace"
    return
  fi
  remove service,networkpolicy,poddisruptionbudget,serviceaccount kubedirector --namespace "$namespace"
  remove role,rolebinding kubedirector-own-certificate kubedirector-leader-election --namespace "$namespace"
  remove leases.coordination.k8s.io kubedirector --namespace "$namespace"
  remove resourcequota kubedirector-critical-pods --namespace "$namespace"
  if [ -n "$(k get crd certificates.cert-manager.io --ignore-not-found -o name)" ]; then
    remove certificates.cert-manager.io kubedirector kubedirector-ca --namespace "$namespace"
    remove issuers.cert-manager.io kubedirector-self-signed kubedirector-ca --namespace "$namespace"
  fi
  remove secret kubedirector-serving kubedirector-tls kubedirector-ca --namespace "$namespace"
}

arguments "$@"
api=$(state_of_api)
if ! installed; then
  say 'KubeDirector is not installed.'
  exit 0
fi
if [ "$api" = unavailable ] && [ -z "$abandon" ] && [ -z "$keep_data" ]; then
  k get apiservice "$api_service" >&2
  fail "the API is registered but does not answer: clusters can neither be listed nor deleted. Get the program to run
again (kubectl --namespace $namespace describe pods), or give clusters up with --abandon"
fi
tell
if [ -z "$yes" ]; then
  say 'Nothing was done. To do it, add --yes.'
  exit 2
fi
[ -n "$keep_data" ] || delete_clusters
delete_registration
delete_program
say 'KubeDirector is uninstalled.'
