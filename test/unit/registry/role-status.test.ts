/** What the view of a role says of it. */
import { describe, expect, test } from 'vitest';
import type { ClusterStatus, MemberStatus, RoleState } from '../../../src/apis/kubedirector/types.ts';
import { conditionsWithoutMembers, roleState } from '../../../src/registry/kubedirector/role-status.ts';
import { minimalCluster } from './objects.ts';

const member = (state: MemberStatus['state'], detail: MemberStatus['stateDetail'] = {}): MemberStatus => ({
  ...{ pod: 'p', service: 's', nodeID: 1, state },
  stateDetail: { lastKnownContainerState: 'running', ...detail },
});
const down = member('configured', { lastSetupGeneration: 1, lastKnownContainerState: 'terminated' });
const clusterWith = (status: ClusterStatus) => ({ ...minimalCluster, status });

describe('the state of a role', () => {
  test.each<[RoleState, MemberStatus[], number, ClusterStatus['state']]>([
    ['config error', [member('config error')], 1, 'configured'],
    ['config error', [member('configured'), member('config error')], 2, 'configured'],
    ['configured', [member('configured'), member('configured')], 2, 'updating'],
    ['creating', [member('creating')], 1, 'updating'],
    ['creating', [member('configured'), member('create pending')], 2, 'creating'],
    ['updating', [member('configured', { lastSetupGeneration: 1 }), member('create pending')], 2, 'updating'],
    ['updating', [member('configured'), member('deleting')], 1, 'updating'],
    ['down', [down], 1, 'configured'],
    ['creating', [], 1, 'creating'],
    ['configured', [], 0, 'configured'],
    ['spec modified', [member('configured')], 2, 'spec modified'],
    ['configured', [member('configured')], 1, 'spec modified'],
  ])('is %s', (expected, members, desired, state = 'configured') => {
    expect(roleState({ cluster: clusterWith({ state }), members, desired })).toBe(expected);
  });

  test('is not known before its cluster has been looked at', () => {
    expect(roleState({ cluster: minimalCluster, members: [], desired: 1 })).toBeUndefined();
  });
});

describe('a role without members', () => {
  const ready = (desired: number, status: ClusterStatus) => {
    const cluster = { ...clusterWith(status), metadata: { name: 'c', creationTimestamp: '2026-01-01T00:00:00Z' } };
    return conditionsWithoutMembers({ cluster, members: [], desired }).find(({ type }) => type === 'Ready');
  };

  test('is ready where it is to have none, and not where it is to have some', () => {
    expect(ready(0, { observedGeneration: 3 })).toMatchObject({ status: 'True', observedGeneration: 3 });
    expect(ready(2, { observedGeneration: 3 })).toMatchObject({ status: 'False', reason: 'MembersCreating' });
  });

  test('has no conditions before its cluster has been looked at', () => {
    expect(ready(0, {})).toBeUndefined();
  });
});
