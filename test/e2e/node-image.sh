#!/usr/bin/env bash
# Puts the images of the end-to-end tests on a lab's node: the server, laid out as the Dockerfile does it, made of
# dist/, and a guest for the members of clusters. Usage: KD_LAB=…/lab KD_LAB_DIR=… node-image.sh WORKDIR
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
lab=${KD_LAB:?names the lab program} work=$1
mkdir -p "$work"

server=$work/server
"$lab" rootfs "$server" node env
mkdir -p "$server/opt/kubedirector/dist"
cp -r dist/kubedirector.js dist/guest-tools.tgz dist/chunks dist/page "$server/opt/kubedirector/dist/"
cp package.json LICENSE NOTICE "$server/opt/kubedirector/"
printf '#!/usr/bin/env node\nimport("/opt/kubedirector/dist/kubedirector.js");\n' > "$server/usr/local/bin/kubedirector"
chmod 755 "$server/usr/local/bin/kubedirector"
echo kubedirector:x:65532:65532::/nonexistent:/usr/sbin/nologin >> "$server/etc/passwd"
echo kubedirector:x:65532: >> "$server/etc/group"
"$lab" image kd.lab/kubedirector:test "$server" '["node", "/opt/kubedirector/dist/kubedirector.js", "serve"]'

guest=$work/guest
"$lab" rootfs "$guest"
mkdir -p "$guest/packages" "$guest/usr/local/bin"
for package in test/e2e/packages/*/; do
  tar -C test/e2e/packages -czf "$guest/packages/$(basename "$package").tgz" "$(basename "$package")"
done
# Stands in for systemd, which a container here cannot run: answers once it is told to.
printf '#!/bin/bash\n[ -e /tmp/systemd-is-up ]\n' > "$guest/usr/local/bin/systemctl"
# As slow as rsync is with much to copy, and with its way of showing how far it is.
cat > "$guest/usr/local/bin/rsync" <<'SCRIPT'
#!/bin/bash
from=${*: -2:1} to=${*: -1}
for share in 20 40 60 80; do printf '\r    %s,000  %s%%   1.00MB/s    0:00:01' "$share" "$share"; sleep 0.5; done
cp -a "$from." "$to"
SCRIPT
chmod +x "$guest"/usr/local/bin/*
echo 'no archive' > "$guest/packages/no-archive.tgz"
image=${E2E_GUEST_IMAGE:-kd.lab/guest:1}
# Ends at once when it is told to: as process 1 it would not, without saying so.
stay='["/bin/bash", "-c", "trap exit TERM; sleep infinity & wait"]'
"$lab" image "$image" "$guest" "$stay"

# A setup package as an image: its folder, and nothing else.
mkdir -p "$work/package"
cp -r test/e2e/packages/recorder "$work/package/"
"$lab" image kd.lab/package:1 "$work/package"

# For members that serve pages.
cp -al "$guest" "$guest-node"
"$lab" rootfs "$guest-node" node
"$lab" image "$image-node" "$guest-node" "$stay"

# What users' images may be like: one that needs ever more memory, and ones that lack a tool.
"$lab" image "$image-out-of-memory" "$guest" '["/usr/bin/tail", "/dev/zero"]'
for tool in curl tar bash; do
  cp -al "$guest" "$guest-no-$tool"
  rm "$guest-no-$tool/usr/bin/$tool"
done
rm "$guest-no-bash/usr/bin/sh"
"$lab" image "$image-no-curl" "$guest-no-curl" "$stay"
"$lab" image "$image-no-tar" "$guest-no-tar" "$stay"
"$lab" image "$image-no-bash" "$guest-no-bash" '["/usr/bin/sleep", "infinity"]'

# Volumes of the lab are folders of the node, whose owner no fsGroup changes.
install -d -m 777 "$KD_LAB_DIR"/volumes/{001..200}
