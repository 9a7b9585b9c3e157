# syntax=docker/dockerfile:1
# The program, one file, and the Node.js that runs it. No shell, no package manager.
#
#   docker build --tag kubedirector:0.1.0 .
ARG NODE_VERSION=20
ARG DEBIAN_VERSION=12

# The bundle is the same on every platform: it is made once, on the builder's own.
FROM --platform=$BUILDPLATFORM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY tools ./tools
COPY openapi ./openapi
COPY src ./src
RUN npm run build

FROM node:${NODE_VERSION}-bookworm-slim AS node

# cc: the C and C++ libraries that node is linked with, CA certificates, and the user 65532.
FROM gcr.io/distroless/cc-debian${DEBIAN_VERSION}:nonroot
COPY --from=node /usr/local/bin/node /usr/local/bin/node
WORKDIR /opt/kubedirector
# package.json says that the bundle is an ES module.
COPY package.json LICENSE NOTICE ./
COPY --from=build /src/dist/kubedirector.js ./dist/
ENV NODE_ENV=production
# By number: Kubernetes' runAsNonRoot cannot tell who a name is.
USER 65532:65532
EXPOSE 8443
ENTRYPOINT ["node", "/opt/kubedirector/dist/kubedirector.js"]
CMD ["--help"]
