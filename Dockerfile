# The program and the Node.js that runs it. No shell, no package manager.
#
#   docker build --tag kubedirector:0.1.0 .
ARG NODE_VERSION=24

# The bundle is the same on every platform: it is made once, on the builder's own.
FROM --platform=$BUILDPLATFORM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY tools ./tools
COPY openapi ./openapi
COPY src ./src
COPY guest-tools ./guest-tools
COPY LICENSE ./
RUN npm run build

# Node.js with the libraries that it is linked with, and nobody but the user 65532.
FROM node:${NODE_VERSION}-bookworm-slim AS root
RUN mkdir -p /root-of-image/etc /root-of-image/tmp \
 && chmod 1777 /root-of-image/tmp \
 && cp --parents -L /usr/local/bin/node $(ldd /usr/local/bin/node | grep -o '/[^ ]*') /root-of-image \
 && echo 'kubedirector:x:65532:65532::/nonexistent:/nologin' > /root-of-image/etc/passwd \
 && echo 'kubedirector:x:65532:' > /root-of-image/etc/group \
 && echo 'hosts: files dns' > /root-of-image/etc/nsswitch.conf \
 # For kubectl exec.
 && printf '#!/usr/local/bin/node\nimport("/opt/kubedirector/dist/kubedirector.js");\n' > /root-of-image/usr/local/bin/kubedirector \
 && chmod 755 /root-of-image/usr/local/bin/kubedirector

FROM scratch
COPY --from=root /root-of-image /
ENV PATH=/usr/local/bin
WORKDIR /opt/kubedirector
# package.json says that the bundle is an ES module.
COPY package.json LICENSE NOTICE ./
COPY --from=build /src/dist/kubedirector.js ./dist/
# The plugin of kubectl with its completion, for who copies it out of the image or runs it there.
COPY --from=build /src/dist/kubectl-kd.js /src/dist/kubectl_complete-kd.js ./dist/
# What the program puts into containers.
COPY --from=build /src/dist/guest-tools.tgz ./dist/
# What both load only when it is needed.
COPY --from=build /src/dist/chunks ./dist/chunks
# What `serve --ui` serves.
COPY --from=build /src/dist/page ./dist/page
ENV NODE_ENV=production
# By number: Kubernetes' runAsNonRoot cannot tell who a name is.
USER 65532:65532
EXPOSE 8443
# A small young generation of the heap: V8 otherwise keeps more than 100 MB for it (docs/adr/0026).
ENTRYPOINT ["node", "--max-semi-space-size=4", "/opt/kubedirector/dist/kubedirector.js"]
CMD ["--help"]
