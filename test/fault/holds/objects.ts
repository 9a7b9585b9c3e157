/** What the measured server stores: an app, and as many clusters of it as it is told to hold, each with a member. */
import type { KubeDirectorApp, KubeDirectorCluster } from '../../../src/apis/kubedirector/types.ts';
import { minimalApp, minimalCluster } from '../../unit/registry/objects.ts';

export const root = '/apis/kubedirector.hpe.com/v1beta1';
export const namespace = 'default';

const created = '2026-01-01T00:00:00Z';
const uid = (at: number): string => `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`;

/** As the store holds it. */
export function storedApp(): KubeDirectorApp {
  const metadata = { name: 'minimal', namespace, uid: uid(0), creationTimestamp: created, generation: 1 };
  return { ...minimalApp, metadata };
}

/** As the store holds it; all are of about 1.5 kB. */
export function storedCluster(at: number, padding = 400): KubeDirectorCluster {
  const name = `c${String(at).padStart(6, '0')}`;
  const pod = `${name}-only-0`;
  return {
    ...minimalCluster,
    metadata: {
      name,
      namespace,
      uid: uid(at + 1),
      creationTimestamp: created,
      generation: 1,
      labels: { tier: at % 2 === 0 ? 'even' : 'odd', number: String(at) },
      annotations: { note: 'x'.repeat(padding) },
    },
    status: {
      state: 'configured',
      observedGeneration: 1,
      generationUID: uid(at),
      roles: [
        {
          id: 'only',
          statefulSet: `${name}-only`,
          members: [
            {
              pod,
              service: `s-${pod}`,
              nodeID: 1,
              state: 'configured',
              stateDetail: { lastKnownContainerState: 'running' },
            },
          ],
        },
      ],
    },
  };
}
