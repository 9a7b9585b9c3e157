/** The resources of the group, as Headlamp asks for them. */
import { K8s } from '@kinvolk/headlamp-plugin/lib';
import type {
  KubeDirectorApp,
  KubeDirectorBackup,
  KubeDirectorCluster,
  KubeDirectorEndpoint,
} from '../../../src/apis/kubedirector/types.ts';

const group = 'kubedirector.hpe.com';
const resource = (kind: string) =>
  K8s.crd.makeCustomResourceClass({
    apiInfo: [{ group, version: 'v1beta1' }],
    kind,
    pluralName: `${kind.toLowerCase()}s`,
    singularName: kind.toLowerCase(),
    isNamespaced: true,
  });

export const Cluster = resource('KubeDirectorCluster');
export const App = resource('KubeDirectorApp');
export const Backup = resource('KubeDirectorBackup');
export const Endpoint = resource('KubeDirectorEndpoint');

/** A fetched object, of which Headlamp keeps the JSON. */
export interface Fetched {
  readonly jsonData: unknown;
}
export const clusterOf = ({ jsonData }: Fetched): KubeDirectorCluster => jsonData as KubeDirectorCluster;
export const appOf = ({ jsonData }: Fetched): KubeDirectorApp => jsonData as KubeDirectorApp;
export const backupOf = ({ jsonData }: Fetched): KubeDirectorBackup => jsonData as KubeDirectorBackup;
export const endpointOf = ({ jsonData }: Fetched): KubeDirectorEndpoint => jsonData as KubeDirectorEndpoint;

/** Names of the details' routes. */
export const routes = { cluster: 'kubedirector-cluster', app: 'kubedirector-app', backup: 'kubedirector-backup' };
