import { describe, expect, it } from 'vitest';
import { privilegedFields, privilegesOf } from '../../../src/apis/kubedirector/privileges.ts';
import type { AppRole, ClusterRole } from '../../../src/apis/kubedirector/types.ts';
import { sampleApp, sampleCluster } from '../../controller/support/samples.ts';

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

describe('The privileges of an app', () => {
  const privileges = (role: Partial<AppRole>) => {
    const { spec } = sampleApp();
    delete spec.capabilities;
    Object.assign(spec.roles[0] ?? {}, role);
    return privilegesOf(spec, { nativeSystemdSupport: true });
  };

  it('are not its users and groups: the image, which is its own as well, could have them', () => {
    const podSecurityContext = { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000, supplementalGroups: [5] };
    expect(privileges({ podSecurityContext, securityContext: { runAsUser: 0 } })).toBe('');
  });

  it('are not what takes something away', () => {
    const securityContext: AppRole['securityContext'] = {
      ...{
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      },
    };
    expect(privileges({ securityContext })).toBe('');
  });

  it.each<[field: string, role: Partial<AppRole>]>([
    ['securityContext.privileged', { securityContext: { privileged: true } }],
    ['securityContext.capabilities', { securityContext: { capabilities: { add: ['SYS_TIME'] } } }],
    ['podSecurityContext.sysctls', { podSecurityContext: { sysctls: [{ name: 'a', value: 'b' }] } }],
    ['podSecurityContext.seccompProfile', { podSecurityContext: { seccompProfile: { type: 'Unconfined' } } }],
  ])('are %s', (field, role) => {
    expect(privileges(role)).toContain(field);
  });
});
