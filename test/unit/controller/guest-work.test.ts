/** The guest work that plans ask for. */
import { describe, expect, test } from 'vitest';
import type { MemberStatus } from '../../../src/apis/kubedirector/types.ts';
import type { GuestReport } from '../../../src/controller/plan/guest-task.ts';
import type { Observed } from '../../../src/controller/plan/observed.ts';
import { plan } from '../../../src/controller/plan/plan.ts';
import { createIds, member, now, settled, statusOf } from './facts.ts';

describe('a member that was being set up while others joined', () => {
  test('is told of them when it is done', () => {
    const creating = member('set-0', 1, {
      state: 'creating',
      stateDetail: { configuringContainer: 'containerd://set-0' },
    });
    const joined = member('set-1', 2);
    joined.stateDetail.lastSetupGeneration = 2;
    joined.stateDetail.lastConfigDataGeneration = 2;
    const facts = settled([creating, joined], 2);
    const { lastConnectionHash = '' } = facts.cluster.status ?? {};
    const result = { ok: true, configured: true, data: { generation: 1, connectionHash: lastConnectionHash } } as const;
    const guest = new Map([['set-0', { taskID: 'setup:containerd://set-0', failures: 0, message: '', result }]]);
    const status = { ...facts.cluster.status, specGenerationToProcess: 2 };
    const next = statusOf({ ...facts, guest, cluster: { ...facts.cluster, status } });
    const [first, second] = next.roles?.[0]?.members ?? [];
    expect(first?.stateDetail.pendingNotifyCmds?.[0]?.arguments?.join(' ')).toMatch(/^--addnodes .*--fqdns set-1\.hs/);
    expect(second?.stateDetail.pendingNotifyCmds?.[0]?.arguments?.join(' ')).toMatch(/^--addnodes .*--fqdns set-0\.hs/);
  });
});

describe('a member whose configmeta.json is out of date', () => {
  /** One whose configmeta.json is out of date, and another that must be set up. */
  function facts(failures: number): Observed {
    const stale = member('set-0', 1);
    stale.stateDetail.lastConfigDataGeneration = 0;
    const joining = member('set-1', 2, {
      state: 'creating',
      stateDetail: { configuringContainer: 'containerd://set-1' },
    });
    const observed = settled([stale, joining]);
    const hash = observed.cluster.status?.lastConnectionHash ?? '';
    const report = { taskID: `refresh:containerd://set-0:1:${hash}`, failures, message: 'no route to host' };
    return { ...observed, guest: new Map([['set-0', report]]) };
  }
  const begun = (observed: Observed) =>
    plan(observed, now, createIds()).actions.flatMap((action) =>
      action.type === 'guestTask' ? [`${action.task.type} ${action.pod.metadata.name}`] : [],
    );

  test('delays new members', () => {
    expect(begun(facts(0))).toEqual([]);
  });

  test('delays nobody once a try has failed, and is still notified', () => {
    expect(begun(facts(1))).toEqual(['setup set-1']);
    const stale = statusOf(facts(1)).roles?.[0]?.members[0];
    expect(stale?.stateDetail.lastConfigDataGeneration).toBe(0);
  });
});

describe('an app that changes while a configmeta.json is written', () => {
  /** The app has generation 3 by now. */
  function facts(one: MemberStatus, report: GuestReport): Observed {
    const observed = settled([one]);
    const { app, cluster } = observed;
    if (app === undefined) throw new Error('no app');
    const status = { ...cluster.status, appGeneration: 2 };
    return {
      ...observed,
      app: { ...app, metadata: { ...app.metadata, generation: 3 } },
      cluster: { ...cluster, status },
      guest: new Map([[one.pod, report]]),
    };
  }
  const hash = (): string => settled([member('set-0', 1)]).cluster.status?.lastConnectionHash ?? '';
  const refreshes = (observed: Observed) =>
    plan(observed, now, createIds()).actions.flatMap((action) =>
      action.type === 'guestTask' && action.task.type === 'refresh' ? [action.task.data] : [],
    );
  const wanted = () => [{ generation: 1, connectionHash: hash(), app: 3 }];

  test.each(['running', 'done'] as const)('has it written again by a member that has it %s', (how) => {
    const stale = member('set-0', 1);
    stale.stateDetail.lastConfigDataGeneration = 0;
    const data = { generation: 1, connectionHash: hash(), app: 2 };
    const taskID = `refresh:containerd://set-0:1.2:${hash()}`;
    const result = how === 'done' ? { result: { ok: true, data } as const } : {};
    const observed = facts(stale, { taskID, failures: 0, message: '', ...result });
    expect(refreshes(observed)).toEqual(wanted());
  });

  test('has it written again by a member whose set-up ends', () => {
    const joining = member('set-0', 1, {
      ...{ state: 'creating', stateDetail: { configuringContainer: 'containerd://set-0' } },
    });
    const data = { generation: 1, connectionHash: hash(), app: 2 };
    const report = { taskID: 'setup:containerd://set-0', failures: 0, message: '' };
    const observed = facts(joining, { ...report, result: { ok: true, configured: true, data } });
    expect(statusOf(observed).roles?.[0]?.members[0]?.state).toBe('configured');
    expect(refreshes(observed)).toEqual(wanted());
  });
});

test('what takes long in a member is told in the condition Progressing', () => {
  const joining = member('set-0', 1, {
    state: 'creating',
    stateDetail: { configuringContainer: 'containerd://set-0' },
  });
  const message = 'running startscript --configure for 12 min';
  const guest = new Map([['set-0', { taskID: 'setup:containerd://set-0', failures: 0, message }]]);
  const { conditions = [] } = statusOf({ ...settled([joining]), guest });
  expect(conditions.find(({ type }) => type === 'Progressing')?.message).toBe(`being set up: set-0 (${message})`);
});

describe('notifications in the queue', () => {
  test('about the same role are gathered while they wait behind another', () => {
    const busy = member('set-0', 1);
    busy.stateDetail.pendingNotifyCmds = [
      { arguments: ['--reconnect'] },
      { arguments: ['--addnodes', '--nodegroup', '1', '--role', 'work', '--fqdns', 'x'] },
    ];
    const done = member('set-1', 2, { state: 'creating', stateDetail: { configuringContainer: 'containerd://set-1' } });
    const facts = settled([busy, done]);
    const { lastConnectionHash = '' } = facts.cluster.status ?? {};
    const result = { ok: true, configured: true, data: { generation: 1, connectionHash: lastConnectionHash } } as const;
    const guest = new Map([['set-1', { taskID: 'setup:containerd://set-1', failures: 0, message: '', result }]]);
    const queue = statusOf({ ...facts, guest }).roles?.[0]?.members[0]?.stateDetail.pendingNotifyCmds;
    expect(queue).toHaveLength(2);
    expect(queue?.map(({ arguments: args }) => args?.at(-1))).toEqual([
      `x.hs.default.svc.cluster.local,set-1.hs.default.svc.cluster.local`,
      '--reconnect',
    ]);
  });
});

describe('a notification under way', () => {
  const args = ['--addnodes', '--nodegroup', '1', '--role', 'work', '--fqdns', 'x'];
  const taskOf = (generation: number, delivered?: number): string => {
    const told = member('set-0', 1);
    told.stateDetail.pendingNotifyCmds = [{ arguments: args }];
    told.stateDetail.lastConfigDataGeneration = generation;
    if (delivered !== undefined) told.stateDetail.notifyCmdsDelivered = delivered;
    const observed = settled([told], generation);
    const status = { ...observed.cluster.status, specGenerationToProcess: generation };
    const { actions } = plan({ ...observed, cluster: { ...observed.cluster, status } }, now, createIds());
    const [task] = actions.flatMap((action) => (action.type === 'guestTask' ? [action.task] : []));
    return task?.type === 'notify' ? task.id : 'none';
  };

  test('keeps its id while the cluster changes, and has another id than an equal one before it', () => {
    expect(taskOf(2)).toBe(taskOf(1));
    expect(taskOf(1, 1)).not.toBe(taskOf(1));
  });
});

describe('a set-up under way', () => {
  /** One that must write its configmeta.json anew, and one that is being set up for the first time. */
  const facts = (...guest: [string, GuestReport][]): Observed => {
    const stale = member('set-0', 1);
    stale.stateDetail.lastConfigDataGeneration = 0;
    const joining = member('set-1', 2, {
      ...{ state: 'creating', stateDetail: { configuringContainer: 'containerd://set-1' } },
    });
    return { ...settled([stale, joining]), guest: new Map(guest) };
  };
  const forgotten = (observed: Observed): string[] =>
    plan(observed, now, createIds()).actions.flatMap((action) => (action.type === 'forgetGuest' ? [action.pod] : []));

  test('is not given up because others are to be refreshed meanwhile', () => {
    const begun = { taskID: 'setup:containerd://set-1', failures: 0, message: '' };
    expect(forgotten(facts(['set-1', begun]))).toEqual([]);
  });

  test('ends when its role is removed, and nobody waits for it', () => {
    const joining = member('set-0', 1, {
      ...{ state: 'creating', stateDetail: { configuringContainer: 'containerd://set-0' } },
    });
    const observed = settled([joining], 2, ({ spec }) => (spec.roles = []));
    expect(statusOf(observed).roles?.[0]?.members[0]?.state).toMatch(/^delet/);
  });
});

describe('a member whose set-up has failed', () => {
  test('keeps its notifications, and nobody waits for them', () => {
    const deaf = member('set-0', 1, { state: 'config error' });
    deaf.stateDetail.configuringContainer = 'containerd://set-0';
    deaf.stateDetail.pendingNotifyCmds = [{ arguments: ['--reconnect'] }];
    const status = statusOf(settled([deaf]));
    expect(status.state).toBe('configured');
    expect(status.roles?.[0]?.members[0]?.stateDetail.pendingNotifyCmds).toHaveLength(1);
    expect(status.conditions?.find(({ type }) => type === 'Progressing')?.status).toBe('False');
  });
});

describe('a member that was set up while others joined', () => {
  const facts = (others: Partial<MemberStatus>): string[] => {
    const joining = member('set-0', 1, {
      ...{ state: 'creating', stateDetail: { configuringContainer: 'containerd://set-0' } },
    });
    const other = member('set-1', 2, others);
    const observed = settled([joining, other], 2);
    const data = { generation: 1, connectionHash: observed.cluster.status?.lastConnectionHash ?? '' };
    const report = { taskID: 'setup:containerd://set-0', failures: 0, message: '' };
    const guest = new Map([['set-0', { ...report, result: { ok: true, configured: true, data } as const }]]);
    const status = { ...observed.cluster.status, specGenerationToProcess: 2 };
    const next = statusOf({ ...observed, guest, cluster: { ...observed.cluster, status } });
    const queue = next.roles?.[0]?.members[0]?.stateDetail.pendingNotifyCmds ?? [];
    return queue.map(({ arguments: args }) => args?.at(-1) ?? '');
  };
  const detail = (lastSetupGeneration: number) => ({
    ...{ lastConfiguredContainer: 'containerd://gone', lastSetupGeneration, lastConfigDataGeneration: 2 },
  });

  test('is notified of one that restarts at the moment', () => {
    expect(facts({ state: 'create pending', stateDetail: detail(2) })).toEqual(['set-1.hs.default.svc.cluster.local']);
  });

  test('is not notified of one that was there before', () => {
    expect(facts({ state: 'create pending', stateDetail: detail(1) })).toEqual([]);
  });
});

describe('news of members that join', () => {
  const hash = (facts: Observed): string => facts.cluster.status?.lastConnectionHash ?? '';
  const report = (pod: string, more: Partial<GuestReport> = {}): [string, GuestReport] => [
    pod,
    { taskID: `setup:containerd://${pod}`, failures: 0, message: '', ...more },
  ];
  /** One that was there before, and two that are being set up. */
  function facts(...guest: [string, GuestReport][]): Observed {
    const old = member('set-0', 1);
    const joining = [1, 2].map((index) =>
      member(`set-${index}`, index + 1, {
        ...{ state: 'creating', stateDetail: { configuringContainer: `containerd://set-${index}` } },
      }),
    );
    return { ...settled([old, ...joining]), guest: new Map(guest) };
  }
  const isDone = (observed: Observed): Partial<GuestReport> => ({
    result: { ok: true, configured: true, data: { generation: 1, connectionHash: hash(observed) } },
  });
  const told = (observed: Observed): string[] =>
    plan(observed, now, createIds()).actions.flatMap((action) =>
      action.type === 'guestTask' && action.task.type === 'notify'
        ? [`${action.pod.metadata.name}: ${action.task.args.at(-1) ?? ''}`]
        : [],
    );
  const fqdn = (pod: string): string => `${pod}.hs.default.svc.cluster.local`;

  test('waits for those that join with them, and names all of them', () => {
    const done = isDone(facts());
    const half = facts(report('set-1', done), report('set-2'));
    expect(told(half)).toEqual([]);
    const status = statusOf(half);
    const whole = { ...half, cluster: { ...half.cluster, status }, guest: new Map([report('set-2', done)]) };
    expect(told(whole)).toEqual([`set-0: ${fqdn('set-1')},${fqdn('set-2')}`, `set-1: ${fqdn('set-2')}`]);
  });

  test.each<[string, Partial<GuestReport>]>([
    ['takes long', { message: 'running startscript --configure' }],
    ['has failed on the way', { failures: 1 }],
  ])('waits for none whose set-up %s', (_name, more) => {
    const half = facts(report('set-1', isDone(facts())), report('set-2', more));
    expect(told(half)).toEqual([`set-0: ${fqdn('set-1')}`]);
  });

  test('is not added to a call that has begun', () => {
    const busy = facts(report('set-1', isDone(facts())), report('set-0', { taskID: 'notify:containerd://set-0:x' }));
    const [first] = busy.cluster.status?.roles?.[0]?.members ?? [];
    const begun = ['--addnodes', '--nodegroup', '1', '--role', 'work', '--fqdns', 'x'];
    if (first !== undefined) first.stateDetail.pendingNotifyCmds = [{ arguments: begun }];
    const queue = statusOf(busy).roles?.[0]?.members[0]?.stateDetail.pendingNotifyCmds;
    expect(queue?.map(({ arguments: args }) => args?.at(-1))).toEqual(['x', fqdn('set-1')]);
  });
});
