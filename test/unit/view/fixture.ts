import type { KubeDirectorCluster, KubeDirectorEndpoint, MemberStatus } from '../../../src/apis/kubedirector/types.ts';

export const now = new Date('2026-01-01T01:00:00Z');

export function member(pod: string, more: Partial<MemberStatus> = {}): MemberStatus {
  return { pod, service: `svc-${pod}`, nodeID: 1, state: 'configured', stateDetail: {}, ...more };
}

const resources = { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } };

export function cluster(status: KubeDirectorCluster['status'] = {}): KubeDirectorCluster {
  return {
    apiVersion: 'kubedirector.hpe.com/v1beta1',
    kind: 'KubeDirectorCluster',
    metadata: { name: 'spark', namespace: 'default', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: {
      app: 'spark',
      roles: [
        { id: 'master', members: 1, resources },
        { id: 'worker', members: 2, resources },
      ],
    },
    status: { observedGeneration: 1, ...status },
  };
}

export function endpoint(member: string, namespace = 'default'): KubeDirectorEndpoint {
  return {
    apiVersion: 'kubedirector.hpe.com/v1beta1',
    kind: 'KubeDirectorEndpoint',
    metadata: { name: `${member}.ui`, namespace },
    spec: {
      ...{ cluster: 'spark', role: 'master', app: 'spark', member, service: 'ui', serviceName: 'Spark UI' },
      ...{ scheme: 'http', port: 8080, isDashboard: true },
    },
    status: { url: `http://${member}.svc:8080/`, externalURLs: [], ready: true },
  };
}

export const condition = (type: string, status: 'True' | 'False', message: string) => ({
  ...{ type, status, message, reason: 'Because', lastTransitionTime: '2026-01-01T00:00:00Z' },
});
