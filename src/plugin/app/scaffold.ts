/** The files that `kubectl kd app init` makes: a small web application whose members know each other. */

/** One file of a new app. */
interface ScaffoldFile {
  /** Inside the folder. */
  readonly path: string;
  readonly content: string;
  readonly executable?: boolean;
}

/** The files of an app of this name. @param roles at least one; the first has the service */
export function scaffold(name: string, roles: readonly string[]): readonly ScaffoldFile[] {
  return [
    { path: 'app.yaml', content: appFile(name, roles) },
    { path: 'cluster.yaml', content: clusterFile(name, roles) },
    { path: 'package/startscript', content: startscript(name), executable: true },
    { path: 'Dockerfile', content: dockerfile(name) },
    { path: 'README.md', content: readme(name) },
  ];
}

const appFile = (name: string, roles: readonly string[]): string => `apiVersion: kubedirector.hpe.com/v1beta1
kind: KubeDirectorApp
metadata:
  name: ${name}
spec:
  label:
    name: ${name}
    description: Say here in one sentence what it is for
  # Clusters can move to another app with the same distroID. Apps of other people have other ones.
  distroID: example/${name}
  version: '1.0'
  configSchemaVersion: 7
  upgradable: true
  # Replace example.com by your registry.
  defaultImageRepoTag: registry.example.com/${name}:1.0
  defaultConfigPackage:
    packageURL: file:///opt/configscripts/appconfig.tgz
    useNewSetupLayout: true
  services:
    - id: page
      label: { name: Page }
      endpoint: { port: 8080, urlScheme: http, path: /, isDashboard: true }
  roles:
${roles
  .map(
    (role) => `    - id: ${role}
      cardinality: 1+
      readinessProbe: { httpGet: { port: page, path: / } }
`,
  )
  .join('')}  config:
    selectedRoles: [${roles.join(', ')}]
    roleServices:
${roles.map((role) => `      - { roleID: ${role}, serviceIDs: [page] }\n`).join('')}    configMeta:
      greeting: Hello
`;

const clusterFile = (name: string, roles: readonly string[]): string => `apiVersion: kubedirector.hpe.com/v1beta1
kind: KubeDirectorCluster
metadata:
  name: ${name}
spec:
  app: ${name}
  serviceType: ClusterIP
  namingScheme: CrNameRole
  roles:
${roles
  .map(
    (role) => `    - id: ${role}
      members: 2
      resources:
        requests: { cpu: 50m, memory: 64Mi }
        limits: { cpu: 500m, memory: 256Mi }
`,
  )
  .join('')}`;

const startscript = (name: string): string => `#!/bin/bash
# KubeDirector runs this in each member: with --configure in a new container, with another option when something has
# changed. Exit status 0: the member is configured. It may be run again for the same change.
set -euo pipefail

# Prints the value of a key of the cluster's description. Fails if there is none.
get() { configcli --get "$1"; }

write_page() {
  local distro role
  distro=$(get node.distro_id)
  mkdir -p /srv/${name}
  {
    echo "<h1>$(get cluster.config_metadata.1.greeting) from $(get node.fqdn)</h1><ul>"
    for role in $(get "distros.$distro.1.roles" | tr ',' ' '); do
      for fqdn in $(get "distros.$distro.1.roles.$role.fqdns" | tr ',' ' '); do
        echo "<li>$role: $fqdn</li>"
      done
    done
    echo '</ul>'
  } > /srv/${name}/index.html.part
  mv /srv/${name}/index.html.part /srv/${name}/index.html
}

case \${1:-} in
  --configure) write_page ;;
  # --addnodes|--delnodes --nodegroup 1 --role ROLE --fqdns FQDN,FQDN…
  --addnodes | --delnodes) write_page ;;
  # A connected ConfigMap, Secret or cluster has changed.
  --reconnect) write_page ;;
  # The member has come to another version of the app, with another package.
  --pod_upgraded | --pod_reverted) write_page ;;
  *)
    echo "unknown option: $*" >&2
    exit 10
    ;;
esac
`;

const dockerfile = (name: string): string => `# docker build -t registry.example.com/${name}:1.0 .
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends curl python3 && rm -rf /var/lib/apt/lists/* \\
  && mkdir -p /srv/${name}
COPY package /tmp/${name}
RUN mkdir -p /opt/configscripts && tar -C /tmp -czf /opt/configscripts/appconfig.tgz ${name} && rm -r /tmp/${name}
EXPOSE 8080
CMD ["python3", "-m", "http.server", "8080", "--directory", "/srv/${name}"]
`;

const readme = (name: string): string => `# ${name}

| file | what it is |
|---|---|
| app.yaml | the application: its roles, services and image |
| cluster.yaml | a cluster of it |
| package/startscript | sets a member up |
| Dockerfile | the image, with the package in it |

    kubectl kd app lint .     # what the server would refuse, and what often goes wrong
    kubectl kd app test .     # runs the package on this machine
    docker build -t registry.example.com/${name}:1.0 . && docker push registry.example.com/${name}:1.0
    kubectl apply -f app.yaml -f cluster.yaml
`;
