/** Apps and clusters that the suites run. */
import { guestImage } from './installation.ts';

export const group = 'kubedirector.hpe.com';
const apiVersion = `${group}/v1beta1`;

export interface AppOptions {
  readonly namespace: string;
  readonly name?: string;
  /** Of the setup package, .tgz; without one a running container is a configured member. */
  readonly packageURL?: string;
  /** Of the setup package; absent: new. */
  readonly layout?: 'new' | 'old';
  /** Fields of the spec beside the usual. */
  readonly spec?: object;
}

/** Roles: one `head`, which has a page to show, and any number of `worker`. */
export function sampleApp({ namespace, name = 'sample', packageURL, layout = 'new', spec }: AppOptions): object {
  return {
    apiVersion,
    kind: 'KubeDirectorApp',
    metadata: { namespace, name },
    spec: {
      label: { name: 'Sample', description: 'What the end-to-end tests run' },
      distroID: 'e2e/sample',
      version: '1.0',
      configSchemaVersion: 7,
      defaultImageRepoTag: guestImage,
      defaultConfigPackage: packageURL === undefined ? null : { packageURL, useNewSetupLayout: layout === 'new' },
      services: [
        {
          id: 'page',
          label: { name: 'Page' },
          endpoint: { port: 8080, urlScheme: 'http', path: '/', isDashboard: true, hasAuthToken: true },
        },
      ],
      roles: [
        { id: 'head', cardinality: '1' },
        { id: 'worker', cardinality: '0+' },
      ],
      config: {
        selectedRoles: ['head', 'worker'],
        roleServices: [{ roleID: 'head', serviceIDs: ['page'] }],
        configMeta: {},
      },
      ...spec,
    },
  };
}

export interface ClusterOptions {
  readonly namespace: string;
  readonly name: string;
  readonly app?: string;
  readonly workers?: number;
  /** Fields of the spec beside the usual. */
  readonly spec?: object;
  /** Fields of the role `head` beside the usual. */
  readonly head?: object;
}

export function sampleCluster({ namespace, name, app = 'sample', workers = 0, spec, head }: ClusterOptions): object {
  const resources = { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '500m', memory: '64Mi' } };
  return {
    apiVersion,
    kind: 'KubeDirectorCluster',
    metadata: { namespace, name },
    spec: {
      app,
      appCatalog: 'local',
      namingScheme: 'CrNameRole',
      serviceType: 'ClusterIP',
      ...spec,
      roles: [
        { id: 'head', members: 1, resources, ...head },
        { id: 'worker', members: workers, resources },
      ],
    },
  };
}

/** As much of a cluster's status as tests look at. */
export interface ClusterStatus {
  readonly state: string;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  }[];
  readonly clusterService?: string;
  readonly memberStateRollup?: Readonly<Record<string, boolean>>;
  readonly roles: readonly {
    readonly id: string;
    readonly statefulSet: string;
    readonly members: readonly {
      readonly pod: string;
      readonly service: string;
      readonly state: string;
      readonly ready?: boolean;
      readonly authToken?: string;
      readonly blockDevicePaths?: readonly string[];
      readonly stateDetail?: {
        readonly lastConfiguredContainer?: string;
        readonly storageInitProgress?: string;
        readonly configErrorDetail?: string;
        readonly pendingNotifyCmds?: readonly object[];
        readonly healthErrorMessage?: string;
        readonly backup?: object;
      };
    }[];
  }[];
}

/** Selects the native objects of a cluster. */
export const ofCluster = (name: string): string => `-l=${group}/kdcluster=${name}`;
