/** The objects that the bench stores. */

export const group = '/apis/kubedirector.hpe.com/v1beta1';
export const namespace = 'default';
export const apps = `${group}/namespaces/${namespace}/kubedirectorapps`;
export const clusters = `${group}/namespaces/${namespace}/kubedirectorclusters`;

const apiVersion = 'kubedirector.hpe.com/v1beta1';
/** The size of the JSON of one object that a client sends. */
const objectBytes = 1700;

interface Named {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
}

/** The object with an annotation, so that its JSON has the common size. */
function padded<T extends Named>(object: T): T {
  const { metadata } = object;
  const withFill = (fill: string): T => ({
    ...object,
    metadata: { ...metadata, annotations: { ...metadata.annotations, 'bench/fill': fill } },
  });
  const missing = objectBytes - JSON.stringify(withFill('')).length;
  return withFill('x'.repeat(Math.max(0, missing)));
}

const service = (id: string, port: number, urlScheme: string) => ({
  id,
  label: { name: id },
  endpoint: { port, urlScheme, path: '/', isDashboard: urlScheme === 'http' },
});

/** An app that no cluster uses, so that the controller has nothing to do. */
export function loadApp(name: string) {
  return padded({
    apiVersion,
    kind: 'KubeDirectorApp',
    metadata: { name },
    spec: {
      label: { name: 'Load', description: 'an app that no cluster uses' },
      distroID: 'bench/load',
      version: '1.0',
      configSchemaVersion: 7,
      services: [service('web', 8080, 'http'), service('rpc', 7077, 'tcp')],
      defaultImageRepoTag: 'bench/load:1.0',
      defaultConfigPackage: { packageURL: 'file:///opt/configscripts/load.tgz' },
      roles: [
        { id: 'head', cardinality: '1', persistDirs: ['/home', '/var/lib/load'] },
        { id: 'worker', cardinality: '0+', persistDirs: ['/home'] },
      ],
      config: {
        selectedRoles: ['head', 'worker'],
        roleServices: [
          { roleID: 'head', serviceIDs: ['web', 'rpc'] },
          { roleID: 'worker', serviceIDs: ['rpc'] },
        ],
      },
    },
  });
}

export const idleAppName = 'bench-idle';

/** An app whose only role may have no members. */
export function idleApp() {
  return {
    apiVersion,
    kind: 'KubeDirectorApp',
    metadata: { name: idleAppName },
    spec: {
      label: { name: 'Idle' },
      distroID: 'bench/idle',
      version: '1.0',
      configSchemaVersion: 7,
      services: [],
      defaultImageRepoTag: 'bench/idle:1.0',
      defaultConfigPackage: null,
      roles: [{ id: 'worker', cardinality: '0+' }],
      config: { selectedRoles: ['worker'], roleServices: [] },
    },
  };
}

const role = (id: string, members: number) => ({
  id,
  members,
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '100m', memory: '128Mi' } },
});

/** A cluster of idleApp without members: the controller creates a headless Service and a status, but no pods. */
export function idleCluster(name: string) {
  return padded({
    apiVersion,
    kind: 'KubeDirectorCluster',
    metadata: { name },
    spec: { app: idleAppName, roles: [role('worker', 0)] },
  });
}

export const sparkAppName = 'bench-spark';
/** The number of members of one sparkCluster: one in each of the four roles of the app. */
export const sparkMembers = 4;

const sparkRoles = [
  { id: 'spark-master', cardinality: '1', service: service('spark-web', 8080, 'http') },
  { id: 'livy-server', cardinality: '1', service: service('livy-server', 8998, 'http') },
  { id: 'spark-worker', cardinality: '1+', service: service('spark-worker', 8081, 'http') },
  { id: 'notebook-server', cardinality: '0+', service: service('jupyter-nb', 8888, 'http') },
];

/** Spark with Livy and Jupyter: four roles, each with a service, and a setup package. */
export function sparkApp() {
  return {
    apiVersion,
    kind: 'KubeDirectorApp',
    metadata: { name: sparkAppName },
    spec: {
      label: { name: 'Spark + Jupyter', description: 'Spark with Livy and a Jupyter notebook' },
      systemdRequired: true,
      distroID: 'bench/spark',
      version: '1.0',
      configSchemaVersion: 7,
      services: sparkRoles.map((one) => one.service),
      defaultImageRepoTag: 'bench/spark:1.0',
      defaultConfigPackage: { packageURL: 'file:///opt/configscripts/spark.tgz' },
      roles: sparkRoles.map(({ id, cardinality }) => ({ id, cardinality, persistDirs: ['/home', '/etc/hadoop'] })),
      config: {
        selectedRoles: sparkRoles.map((one) => one.id),
        roleServices: sparkRoles.map((one) => ({ roleID: one.id, serviceIDs: [one.service.id] })),
      },
    },
  };
}

export function sparkCluster(name: string) {
  return {
    apiVersion,
    kind: 'KubeDirectorCluster',
    metadata: { name },
    spec: { app: sparkAppName, roles: sparkRoles.map(({ id }) => role(id, 1)) },
  };
}

/** A cluster of sparkApp with seven members: four workers, one of each other role. */
export function sevenMembers(name: string) {
  const cluster = sparkCluster(name);
  const roles = cluster.spec.roles.map((one) => (one.id === 'spark-worker' ? { ...one, members: 4 } : one));
  return { ...cluster, spec: { ...cluster.spec, roles } };
}
