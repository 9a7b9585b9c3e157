/** An app and a cluster of it that can be scaled, and bodies of its scale. */
import { cluster, clusters } from '../scenario.ts';

const role = { id: 'worker', cardinality: '0+', imageRepoTag: 'image:1', configPackage: null, maxLogSizeDump: 256 };
export const scalableApp = {
  apiVersion: 'GROUP/v1beta1',
  kind: 'KubeDirectorApp',
  metadata: { name: 'scaled' },
  spec: {
    ...{ label: { name: 'Scaled' }, distroID: 'test/scaled', version: '1', configSchemaVersion: 7 },
    ...{ roles: [role], config: { selectedRoles: ['worker'], roleServices: [], configMeta: {} }, services: [] },
  },
};
export const scale = `${clusters('one')}/scale`;
export const scaled = (replicas: unknown, more: object = {}): object => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata: { name: 'one' },
  spec: { replicas },
  ...more,
});
const resources = { limits: { memory: '16Mi', cpu: '10m' } };
export const running = (members: number): object =>
  cluster('one', { spec: { app: 'scaled', appCatalog: 'local', roles: [{ id: 'worker', members, resources }] } });
/** The custom resource has its own field for replicas. */
export const custom = cluster('one', { spec: { app: 'scaled', appCatalog: 'local', replicas: 0 } });
