#!/usr/bin/env bash
# Puts the images of manifests/examples on a lab's node, laid out as their Dockerfiles do it, of this machine's Java and
# Python, PyPI and Maven Central. Runs where registries can be reached: not by `lab run`.
# Usage: KD_LAB=…/lab KD_LAB_DIR=… node-images.sh WORKDIR [NAME…]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
examples=$PWD/manifests/examples
lab=${KD_LAB:?names the lab program} work=${1:?names a folder to work in}
shift
[ $# -gt 0 ] || set -- web spark cassandra
mkdir -p "$work"

# Debian's, whatever else is installed: the images get their packages into its folders.
python_packages() { # python_packages NAME: those of its requirements.txt into its root filesystem
  rm -rf "$work/python-$1"
  /usr/bin/python3 -m pip install --quiet --no-user --no-compile --no-warn-script-location --root-user-action=ignore \
    --break-system-packages --ignore-installed --root "$work/python-$1" --requirement "$examples/$1/requirements.txt"
  cp -al "$work/python-$1/usr/local/." "$work/$1/usr/local/"
}

jars() { # jars NAME ROOT [OPTION…]: those of its pom.xml into that root filesystem
  local name=$1 root=$2
  shift 2
  mvn -q -B -f "$examples/$name/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
    -DoutputDirectory="$root/opt/$name/lib" "$@"
}

[ -d "$work/base" ] || { rm -rf "$work/part"; "$lab" rootfs --java-python "$work/part"; mv "$work/part" "$work/base"; }
for name in "$@"; do
  root=$work/$name
  rm -rf "$root"
  cp -al "$work/base" "$root"
  "$examples/build-package.sh" "$name" "$root/opt/configscripts/appconfig.tgz"
  install -m 755 "$examples/supervise" "$root/usr/local/bin/"
  [ ! -e "$examples/$name/requirements.txt" ] || python_packages "$name"
  [ ! -e "$examples/$name/pom.xml" ] || jars "$name" "$root"
  "$lab" libs "$root"
  # As the node looks for kubedirector/examples-NAME.
  "$lab" image "docker.io/kubedirector/examples-$name:1.0" "$root" '["/usr/local/bin/supervise"]'
  # To upgrade from: an earlier Cassandra.
  if [ "$name" = cassandra ]; then
    cp -al "$root" "$root-before"
    rm -r "$root-before/opt/cassandra/lib"
    jars cassandra "$root-before" -Dcassandra.version=5.0.7
    "$lab" image docker.io/kubedirector/examples-cassandra:0.9 "$root-before" '["/usr/local/bin/supervise"]'
    rm -rf "$root-before"
  fi
done
