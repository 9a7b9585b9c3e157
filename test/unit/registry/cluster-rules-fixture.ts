/** An app with limits, and a cluster of it that keeps all rules. */
import { afterEach, beforeEach } from 'vitest';
import type { ClusterRole, ClusterSpec, KubeDirectorApp } from '../../../src/apis/kubedirector/types.ts';
import type { PersistentVolumeClaim } from '../../../src/apis/kubernetes/types.ts';
import { Fixture, namespace } from './fixture.ts';

export const app: KubeDirectorApp = {
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorApp',
  metadata: { name: 'ruled' },
  spec: {
    label: { name: 'Ruled' },
    distroID: 'example/ruled',
    version: '1',
    configSchemaVersion: 7,
    systemdRequired: true,
    defaultImageRepoTag: 'example/ruled:1',
    defaultPersistDirs: ['/data'],
    roles: [
      { id: 'head', cardinality: '1', minResources: { memory: '1Gi', cpu: '500m', 'example.com/chip': 1 } },
      { id: 'work', cardinality: '2+', minStorage: { size: '10Gi' } },
      { id: 'spare', cardinality: '0+', minStorage: { size: '10Gi', ephemeralModeSupported: true } },
    ],
    config: { selectedRoles: ['head', 'work', 'spare'], roleServices: [] },
  },
};

export const amounts = (memory = '2Gi'): ClusterRole['resources'] => ({
  limits: { memory: '4Gi', cpu: '1', 'example.com/chip': '1' },
  requests: { memory, cpu: '1', 'example.com/chip': '1' },
});

export interface Input {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: ClusterSpec & { roles: [ClusterRole, ClusterRole, ClusterRole] };
}

export const valid = (): Input => ({
  apiVersion: 'kubedirector.hpe.com/v1beta1',
  kind: 'KubeDirectorCluster',
  metadata: { name: 'ruled' },
  spec: {
    app: 'ruled',
    roles: [
      { id: 'head', resources: amounts() },
      { id: 'work', members: 3, resources: amounts(), storage: { size: '10Gi' } },
      { id: 'spare', members: 1, resources: amounts() },
    ],
  },
});

const claim = (name: string, spec: PersistentVolumeClaim['spec']): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace },
  ...(spec === undefined ? {} : { spec }),
});

export let fixture: Fixture;

export const secretMount = { name: 'there', mountPath: '/there' };

/** Gives each test of the file that calls this a group of its own, with the app. */
export function eachWithRules(): void {
  beforeEach(async () => {
    fixture = await Fixture.started();
    fixture.native.secrets.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'there', namespace } });
    fixture.native.claims.put(
      claim('block', { volumeMode: 'Block' }),
      claim('single', { accessModes: ['ReadWriteOnce'] }),
    );
    fixture.urlProblems.set('http://example.com/gone', 'must answer a HEAD request: ECONNREFUSED');
    await fixture.app(app);
  });
  afterEach(() => fixture.stop());
}
