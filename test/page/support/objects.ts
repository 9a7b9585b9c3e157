/** Apps and clusters of the tests. */
import { expect } from 'vitest';
import type { Ask } from '../../program/support/https.ts';

const root = '/apis/kubedirector.hpe.com/v1beta1/namespaces';

export const appOf = (name: string, version = '1') => ({
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorApp',
  metadata: { name },
  spec: {
    label: { name },
    distroID: 'test/store',
    version,
    configSchemaVersion: 8,
    upgradable: true,
    defaultConfigPackage: { packageURL: 'file:///opt/package.tgz' },
    roles: [
      { id: 'controller', cardinality: '1', imageRepoTag: `registry.test/store:${version}` },
      { id: 'worker', cardinality: '0+', imageRepoTag: `registry.test/store:${version}` },
    ],
    services: [
      {
        id: 'console',
        label: { name: 'Console' },
        endpoint: { urlScheme: 'http', port: 8080, path: '/', isDashboard: true },
      },
    ],
    config: {
      configMeta: {},
      roleServices: [
        { roleID: 'controller', serviceIDs: ['console'] },
        { roleID: 'worker', serviceIDs: [] },
      ],
      selectedRoles: ['controller', 'worker'],
    },
  },
});

const resources = { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } };

export const clusterOf = (name: string, app = 'store', workers = 2) => ({
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorCluster',
  metadata: { name },
  spec: {
    ...{ app, appCatalog: 'local', namingScheme: 'CrNameRole' },
    roles: [
      { id: 'controller', members: 1, resources },
      { id: 'worker', members: workers, resources },
    ],
  },
});

/** Makes it in the namespace. */
export async function make(
  ask: Ask,
  object: { readonly kind: string; readonly metadata: object },
  namespace = 'default',
): Promise<void> {
  const { status, text } = await ask('POST', `${root}/${namespace}/${object.kind.toLowerCase()}s`, object);
  expect([201, status === 201 ? '' : text]).toEqual([status, '']);
}

/** Deletes a cluster. */
export async function remove(ask: Ask, name: string, namespace = 'default'): Promise<void> {
  const { status } = await ask('DELETE', `${root}/${namespace}/kubedirectorclusters/${name}`);
  expect(status).toBe(200);
}
