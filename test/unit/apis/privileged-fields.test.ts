import { describe, expect, it } from 'vitest';
import { privilegedFields } from '../../../src/apis/kubedirector/privileges.ts';
import type { ClusterRole } from '../../../src/apis/kubedirector/types.ts';
import { sampleCluster } from '../../controller/support/samples.ts';

const clusterWith = (change: Partial<ClusterRole>) =>
  sampleCluster(({ spec }) => Object.assign(spec.roles[0] ?? {}, change));
const fields = (change: Partial<ClusterRole>, before?: Partial<ClusterRole>) =>
  privilegedFields(clusterWith(change), before && clusterWith(before)).map(({ resource, field }) => [resource, field]);

describe('Only who may create pods', () => {
  it.each<[what: string, role: Partial<ClusterRole>, field: string]>([
    ['another user', { podSecurityContext: { runAsUser: 0 } }, 'podSecurityContext.runAsUser'],
    ['a group of files', { podSecurityContext: { fsGroup: 7 } }, 'podSecurityContext.fsGroup'],
    ['kernel settings', { podSecurityContext: { sysctls: [{ name: 'a', value: 'b' }] } }, 'podSecurityContext.sysctls'],
    ['all of the node', { securityContext: { privileged: true } }, 'securityContext.privileged'],
    ['capabilities', { securityContext: { capabilities: { add: ['SYS_TIME'] } } }, 'securityContext.capabilities'],
    [
      'more than its parent',
      { securityContext: { allowPrivilegeEscalation: true } },
      'securityContext.allowPrivilegeEscalation',
    ],
    ['a profile', { securityContext: { seccompProfile: { type: 'Unconfined' } } }, 'securityContext.seccompProfile'],
    ['a priority', { priorityClassName: 'high' }, 'priorityClassName'],
  ])('may give members %s', (_what, role, field) => {
    expect(fields(role)).toEqual([['pods', `spec.roles[0].${field}`]]);
  });

  it('is not asked about what takes something away', () => {
    const securityContext: ClusterRole['securityContext'] = {
      ...{ runAsNonRoot: true, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, privileged: false },
      ...{ capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } },
    };
    const podSecurityContext: ClusterRole['podSecurityContext'] = {
      ...{ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' }, fsGroupChangePolicy: 'Always' },
    };
    expect(fields({ securityContext, podSecurityContext, nodeSelector: { a: 'b' } })).toEqual([]);
  });

  it('is not asked again about a priority that the role has', () => {
    expect(fields({ priorityClassName: 'high' }, { priorityClassName: 'high' })).toEqual([]);
    expect(fields({ priorityClassName: 'higher' }, { priorityClassName: 'high' })).toHaveLength(1);
  });
});
