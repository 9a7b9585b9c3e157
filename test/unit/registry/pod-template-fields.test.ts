/** How what kube-apiserver says of a StatefulSet becomes what is said of a cluster. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ClusterRole } from '../../../src/apis/kubedirector/types.ts';
import type { StatefulSet } from '../../../src/apis/kubernetes/types.ts';
import { causes, namespace } from './fixture.ts';
import { create, eachWithDryRuns, fixture, invalid, setJudge, wrong } from './pod-templates-fixture.ts';

eachWithDryRuns();

const container = 'spec.template.spec.containers[0]';

describe('a field of the StatefulSet', () => {
  const given: Partial<ClusterRole> = {
    affinity: {},
    podSecurityContext: {},
    securityContext: {},
    env: [
      { name: 'FIRST', value: '1' },
      { name: 'NVIDIA_VISIBLE_DEVICES', value: 'all' },
      { name: 'SECOND', value: '2' },
    ],
    podLabels: { a: 'b' },
    podAnnotations: { a: 'b' },
    secret: { name: 'keys', mountPath: '/keys' },
    sharedMemory: '1Gi',
    storage: { size: '1Gi' },
    blockStorage: { storageClassName: 'fast', pathPrefix: '/dev/b', numDevices: 2 },
    volumeProjections: [{ pvcName: 'claim', mountPath: '/claim' }],
  };
  beforeEach(() => {
    const spec = { accessModes: ['ReadWriteMany'], volumeMode: 'Filesystem' };
    const metadata = { name: 'claim', namespace };
    fixture.native.claims.put({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec });
  });
  const mountOf = ({ spec }: StatefulSet, path: string): number =>
    spec.template.spec?.containers[0]?.volumeMounts?.findIndex(({ mountPath }) => mountPath === path) ?? -1;
  /** As kube-apiserver counts. */
  const volumeOf = ({ spec }: StatefulSet, name: string): number => {
    const index = spec.template.spec?.volumes?.findIndex((volume) => volume.name === name) ?? -1;
    return index + (spec.volumeClaimTemplates?.length ?? 0);
  };

  it.each<[field: string | ((set: StatefulSet) => string), expected: string]>([
    ['spec.template.labels', 'spec.roles[0].podLabels'],
    ['spec.template.annotations[a]', 'spec.roles[0].podAnnotations[a]'],
    ['spec.template.spec.affinity.nodeAffinity', 'spec.roles[0].affinity.nodeAffinity'],
    ['spec.template.spec.tolerations[0].key', 'spec.roles[0].tolerations[0].key'],
    ['spec.template.spec.topologySpreadConstraints[1]', 'spec.roles[0].topologySpreadConstraints[1]'],
    ['spec.template.spec.priorityClassName', 'spec.roles[0].priorityClassName'],
    ['spec.template.spec.securityContext.fsGroup', 'spec.roles[0].podSecurityContext.fsGroup'],
    [`${container}.securityContext.runAsUser`, 'spec.roles[0].securityContext.runAsUser'],
    [`${container}.env[0].valueFrom`, 'spec.roles[0].env[0].valueFrom'],
    [`${container}.env[1].name`, 'spec.roles[0].env[2].name'],
    [`${container}.env[2].value`, 'spec.roles[0].env[1].value'],
    [`${container}.volumeDevices[1].devicePath`, 'spec.roles[0].blockStorage.pathPrefix'],
    [(set) => `${container}.volumeMounts[${mountOf(set, '/keys')}].mountPath`, 'spec.roles[0].secret.mountPath'],
    [
      (set) => `${container}.volumeMounts[${mountOf(set, '/claim')}].mountPath`,
      'spec.roles[0].volumeProjections[0].mountPath',
    ],
    [
      (set) => `spec.template.spec.volumes[${volumeOf(set, 'secret-vol-keys')}].secret.secretName`,
      'spec.roles[0].secret.name',
    ],
    [(set) => `spec.template.spec.volumes[${volumeOf(set, 'shmem')}].emptyDir.sizeLimit`, 'spec.roles[0].sharedMemory'],
    [
      (set) => `spec.template.spec.volumes[${volumeOf(set, 'projected-vol-0')}].persistentVolumeClaim.claimName`,
      'spec.roles[0].volumeProjections[0].pvcName',
    ],
    ['spec.volumeClaimTemplates[0].spec.resources.requests[storage]', 'spec.roles[0].storage.size'],
    ['spec.volumeClaimTemplates[2].spec.storageClassName', 'spec.roles[0].blockStorage.storageClassName'],
    ['spec.volumeClaimTemplates[1].metadata.labels', 'spec.roles[0].podLabels'],
    ['spec.template.spec.containers[0].ports[0].name', 'spec.roles[0]'],
    ['spec.serviceName', 'spec.roles[0]'],
    [(set) => `${container}.volumeMounts[${mountOf(set, '/tmp')}].mountPath`, 'spec.roles[0]'],
  ])('is named by the role’s own: %s', async (field, expected) => {
    setJudge((set) => invalid(wrong(typeof field === 'string' ? field : field(set))));
    const [cause = ''] = await causes(create(({ roles }) => Object.assign(roles[0], given)));
    expect(cause.replace(/: .*/s, '')).toBe(expected);
  });
});
