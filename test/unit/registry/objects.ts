/** The least that is accepted. */
import type { KubeDirectorApp, KubeDirectorCluster } from '../../../src/apis/kubedirector/types.ts';

export const minimalApp: KubeDirectorApp = {
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorApp',
  metadata: { name: 'minimal' },
  spec: {
    label: { name: 'Minimal' },
    distroID: 'example/minimal',
    version: '1',
    configSchemaVersion: 7,
    defaultImageRepoTag: 'example/minimal:1',
    services: [{ id: 'web', label: { name: 'Web' }, endpoint: { port: 8080, urlScheme: 'http', path: '/ui' } }],
    roles: [{ id: 'only', cardinality: '1+' }],
    config: { selectedRoles: ['only'], roleServices: [{ roleID: 'only', serviceIDs: ['web'] }] },
  },
};

export const minimalCluster: KubeDirectorCluster = {
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorCluster',
  metadata: { name: 'one' },
  spec: {
    app: 'minimal',
    roles: [{ id: 'only', resources: { limits: { memory: '1Gi', cpu: 1 }, requests: { memory: '1Gi', cpu: 1 } } }],
  },
};
