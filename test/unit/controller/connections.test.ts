/** Connected objects that are not there, or that are not passed on. */
import { describe, expect, test } from 'vitest';
import type { ClusterStatus, KubeDirectorCluster } from '../../../src/apis/kubedirector/types.ts';
import type { Observed } from '../../../src/controller/plan/observed.ts';
import { plan } from '../../../src/controller/plan/plan.ts';
import { sampleApp } from '../../controller/support/samples.ts';
import { createIds, later, member, now, settled, stamp, statusOf } from './facts.ts';

const connect = (connections: KubeDirectorCluster['spec']['connections']): Observed =>
  settled([member('set-0', 1)], 1, ({ spec }) => {
    if (connections !== undefined) spec.connections = connections;
  });
const connectedTo = (facts: Observed, connected: Partial<Observed['connected']>): Observed => ({
  ...facts,
  connected: { ...facts.connected, ...connected },
});
const secret = (name: string, labels: Record<string, string>) => ({
  ...({ apiVersion: 'v1', kind: 'Secret' } as const),
  metadata: { ...stamp, name, namespace: 'default', labels },
});
const condition = (status: ClusterStatus, type: string) => status.conditions?.find((one) => one.type === type);
const warnings = (facts: Observed): string[] =>
  plan(facts, now, createIds()).actions.flatMap((action) =>
    action.type === 'event' && action.severity === 'Warning' && action.reason === 'Config' ? [action.message] : [],
  );

const missing = connect({ clusters: ['other'], configmaps: ['settings'], secrets: ['creds'] });
const typed = { 'kubedirector.hpe.com/secretType': 'creds' };

describe('a cluster with connections that are missing', () => {
  test('says which and why in a condition and in an event, and is Ready all the same', () => {
    const status = statusOf(missing);
    expect(condition(status, 'ConnectionsResolved')).toMatchObject({ status: 'False', reason: 'ConnectionsMissing' });
    const message = condition(status, 'ConnectionsResolved')?.message ?? '';
    expect(message).toBe(
      'members are not told of: cluster other (it, or its app, does not exist), configmap settings (it does not exist), secret creds (it does not exist); each is taken in when this has changed',
    );
    expect(condition(status, 'Ready')).toMatchObject({ status: 'True' });
    expect(condition(status, 'Ready')?.message).toContain(message);
    expect(warnings(missing)).toEqual([message]);
  });

  test('says so once', () => {
    const told = { ...missing, cluster: { ...missing.cluster, status: statusOf(missing) } };
    expect(warnings(told)).toEqual([]);
    expect(statusOf(told, createIds(), later)).toEqual(told.cluster.status);
  });

  test('names one that lacks the label by which it would be passed on', () => {
    const facts = connectedTo(connect({ secrets: ['creds'] }), { secrets: [secret('creds', {})] });
    expect(condition(statusOf(facts), 'ConnectionsResolved')?.message).toContain(
      'secret creds (it lacks the label kubedirector.hpe.com/secretType)',
    );
  });

  test('is content when they are there', () => {
    const facts = connect({ secrets: ['creds'] });
    const status = statusOf(facts);
    const found = connectedTo(
      { ...facts, cluster: { ...facts.cluster, status } },
      { secrets: [secret('creds', typed)] },
    );
    expect(condition(statusOf(found), 'ConnectionsResolved')).toMatchObject({ status: 'True', reason: 'AllFound' });
    expect(warnings(found)).toEqual([]);
  });
});

describe('a connected cluster', () => {
  const other = settled([member('other-0', 1)]);
  const facts = connectedTo(connect({ clusters: ['other'] }), {
    clusters: [
      {
        cluster: { ...other.cluster, metadata: { ...stamp, name: 'other', namespace: 'default' } },
        app: { ...sampleApp(), metadata: { ...stamp, name: 'golden', namespace: 'default' } },
      },
    ],
  });
  /** What earlier versions have written for these facts. */
  const former = '59ef29e8cdb6f1f868bceffbafed6a49';

  test('that was told of by an earlier version is no news', () => {
    const known = {
      ...facts,
      cluster: { ...facts.cluster, status: { ...facts.cluster.status, lastConnectionHash: former } },
    };
    const status = statusOf(known);
    expect(status.lastConnectionHash).not.toBe(former);
    const details = status.roles?.flatMap(({ members }) => members.map(({ stateDetail }) => stateDetail));
    expect(details?.map(({ pendingNotifyCmds }) => pendingNotifyCmds)).toEqual([undefined]);
    expect(details?.map(({ lastConfigDataGeneration }) => lastConfigDataGeneration)).toEqual([1]);
  });

  test('is news where nothing was known of it', () => {
    const [detail] =
      statusOf(facts).roles?.flatMap(({ members }) => members.map(({ stateDetail }) => stateDetail)) ?? [];
    expect(detail?.pendingNotifyCmds).toEqual([{ arguments: ['--reconnect'] }]);
  });
});

test('a cluster without connections has no such condition', () => {
  expect(condition(statusOf(connect(undefined)), 'ConnectionsResolved')).toBeUndefined();
});

describe('the conditions of a role', () => {
  test('are about its own members', () => {
    const broken = member('set-0', 1, { state: 'config error' });
    broken.stateDetail.configErrorDetail = 'no such package';
    broken.stateDetail.configuringContainer = 'containerd://set-0';
    const facts = settled([broken, member('set-1', 2)]);
    const [role] = statusOf(facts).roles ?? [];
    const find = (type: string) => role?.conditions?.find((one) => one.type === type);
    expect(find('Ready')).toMatchObject({ status: 'False', reason: 'ConfigError', observedGeneration: 1 });
    expect(find('Degraded')).toMatchObject({ status: 'True', reason: 'ConfigError' });
    expect(find('Degraded')?.message).toContain('set-0: no such package');
    expect(find('Progressing')).toMatchObject({ status: 'False' });
  });

  test('keep their time while nothing changes', () => {
    const facts = settled([member('set-0', 1)]);
    const status = statusOf(facts);
    const again = statusOf({ ...facts, cluster: { ...facts.cluster, status } }, createIds(), later);
    expect(again.roles?.[0]?.conditions).toEqual(status.roles?.[0]?.conditions);
    expect(again.roles?.[0]?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
  });
});
