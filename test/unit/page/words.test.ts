import { expect, it } from 'vitest';
import { rowOf } from '../../../src/page/rows.ts';
import { backupState, clusterState, conditionWord } from '../../../src/page/words.ts';
import { cluster, condition, member } from '../view/fixture.ts';

it.each([
  ['Upgrading', 'True', 'UpgradeFailed', 'bad'],
  ['Upgrading', 'True', 'RollingBack', 'bad'],
  ['Upgrading', 'True', 'MembersUpgrading', 'busy'],
  ['Upgrading', 'False', 'Reverted', 'good'],
  ['Degraded', 'True', 'MembersDown', 'bad'],
  ['Degraded', 'False', 'NothingWrong', 'good'],
  ['Progressing', 'True', 'MembersCreating', 'busy'],
  ['Ready', 'False', 'MembersCreating', 'busy'],
  ['Ready', 'True', 'MembersConfigured', 'good'],
  ['Suspended', 'True', 'Suspended', 'still'],
  ['ConnectionsResolved', 'False', 'Missing', 'bad'],
  ['SomebodyElses', 'True', 'Any', 'still'],
] as const)('shows %s %s because of %s as %s', (type, status, reason, tone) => {
  expect(conditionWord({ ...condition(type, status, ''), reason }).tone).toBe(tone);
});

it.each([
  [undefined, 'busy', 'accepted'],
  ['Freezing', 'busy', 'freezing'],
  ['Succeeded', 'good', 'succeeded'],
  ['Degraded', 'bad', 'has lost a snapshot'],
  ['Failed', 'bad', 'failed'],
  ['Scheduled', 'good', 'scheduled'],
] as const)('shows a backup that is %s as %s', (phase, tone, text) => {
  const status = phase === undefined ? {} : { phase };
  expect(backupState({ spec: { cluster: 'store' }, status })).toEqual({ tone, text });
});

it('shows a schedule that makes no backups as suspended', () => {
  const spec = { cluster: 'store', suspend: true };
  expect(backupState({ spec, status: { phase: 'Scheduled' } })).toEqual({ tone: 'still', text: 'suspended' });
});

it('shows a cluster that is being deleted as such, whatever its state', () => {
  const object = cluster({ state: 'configured' });
  expect(clusterState(object).text).toBe('configured');
  object.metadata.deletionTimestamp = '2026-01-01T00:30:00Z';
  expect(clusterState(object)).toEqual({ tone: 'busy', text: 'deleting' });
});

it('counts no members that leave, or will', () => {
  const workers = ['w-0', 'w-1', 'w-2'].map((pod) => member(pod));
  const roles = [
    { id: 'master', statefulSet: 'm', members: [member('m-0', { ready: false })] },
    { id: 'worker', statefulSet: 'w', members: workers },
    { id: 'gone', statefulSet: 'g', members: [member('g-0')] },
  ];
  expect(rowOf(cluster({ roles }))).toMatchObject({ configured: 2, members: 3 });
});
