import { describe, expect, test } from 'vitest';
import { ageText } from '../../../src/view/age.ts';
import { clusterView } from '../../../src/view/cluster-view.ts';
import { conditionViews } from '../../../src/view/conditions.ts';
import { diagnose } from '../../../src/view/diagnose.ts';
import { plainLine, plainLines } from '../../../src/view/plain-text.ts';
import { cluster, condition, endpoint, member, now } from './fixture.ts';

const esc = '\u001b';

describe('plain text', () => {
  test('leaves no escape sequence and no control character', () => {
    const hostile = `${esc}[31mred${esc}[0m ${esc}]8;;http://evil.example\u0007link${esc}]8;;${esc}\\ a\u009b2Jb\bc\u202ed`;
    expect(plainLine(hostile)).toBe('red link abcd');
  });

  test('puts all on one line, or keeps the lines', () => {
    expect(plainLine('a\r\n\tb\u2028c')).toBe('a b c');
    expect(plainLines(`a\r\n\tb${esc}[2K\u0000c`)).toBe('a\n\tbc');
  });

  test('takes a text of unfinished sequences in a time that grows with its length only', () => {
    expect(plainLine(`${esc}]`.repeat(200_000))).toBe('');
    expect(plainLine(`${esc}[${'1;'.repeat(200_000)}`)).not.toContain(esc);
  });
});

test.each([
  [45, '45s'],
  [200, '3m20s'],
  [1500, '25m'],
  [18_600, '5h10m'],
  [183_600, '2d3h'],
  [34_560_000, '400d'],
])('says %i seconds as kubectl does', (seconds, text) => {
  expect(ageText(new Date(now.getTime() - seconds * 1000).toISOString(), now)).toBe(text);
});

test.each([
  ['True', 'UpgradeFailed', true],
  ['True', 'RollingBack', true],
  ['True', 'MembersUpgrading', false],
  ['False', 'UpgradeFailed', false],
] as const)('takes Upgrading %s because of %s for a problem: %s', (status, reason, expected) => {
  const [view] = conditionViews([{ ...condition('Upgrading', status, ''), reason }]);
  expect(view?.isProblem).toBe(expected);
});

test('takes an update that was taken back for a problem', () => {
  const reverted = condition('UpdateReverted', 'True', 'w-1 failed');
  const [view] = conditionViews([reverted]);
  expect(view).toMatchObject({ isProblem: true, sentence: 'A failed update was taken back: w-1 failed.' });
  expect(
    diagnose({ cluster: cluster({ conditions: [reverted] }) }).map(({ level, problem }) => [level, problem]),
  ).toContainEqual(['warning', 'w-1 failed']);
});

test('says conditions as sentences, and which are problems', () => {
  const views = conditionViews([
    condition('Ready', 'False', 'spark-0 is down'),
    condition('Degraded', 'True', `spark-0${esc}[5m is down`),
    condition('constructor', 'True', ''),
  ]);
  expect(views.map(({ sentence, isProblem }) => [sentence, isProblem])).toEqual([
    ['Not ready: spark-0 is down.', false],
    ['Something is wrong: spark-0 is down.', true],
    ['constructor is True: Because.', false],
  ]);
});

describe('the view of a cluster', () => {
  test('shows roles, members, services, how far set-ups and rolls are, and last words', () => {
    const object = cluster({
      state: 'updating',
      conditions: [condition('Ready', 'False', 'being set up: w-1')],
      roles: [
        { id: 'master', statefulSet: 'm', members: [member('m-0', { restarts: 2 })] },
        {
          ...{ id: 'worker', statefulSet: 'w', currentRevision: 'a', updateRevision: 'b' },
          ...{ replicas: 2, updatedReplicas: 1 },
          members: [
            member('w-0', { revision: 'a', ready: false }),
            member('w-1', {
              revision: 'b',
              state: 'config error',
              stateDetail: { configErrorDetail: 'exit status 3', startScriptStderrMessage: 'one\nno space left\n' },
            }),
          ],
        },
      ],
    });
    const view = clusterView({ cluster: object, endpoints: [endpoint('m-0'), endpoint('m-0', 'other')] }, now);
    expect(view).toMatchObject({
      ...{ name: 'spark', state: 'updating', age: '60m', lastWords: 'being set up: w-1' },
      ...{ setUp: { done: 2, total: 3 }, roll: { done: 1, total: 2 } },
    });
    const [master, worker] = view.roles;
    expect(master?.members).toMatchObject([{ pod: 'm-0', restarts: 2, isReady: true }]);
    expect(master?.members[0]?.services.map(({ proxyPath }) => proxyPath)).toEqual([
      '/apis/kubedirector.hpe.com/v1beta1/namespaces/default/kubedirectorendpoints/m-0.ui/proxy/',
    ]);
    expect(worker?.members).toMatchObject([
      { isUpToDate: false, isReady: false },
      { isUpToDate: true, lastWords: 'exit status 3: no space left' },
    ]);
  });

  test('does not count members that leave, or will', () => {
    const view = clusterView(
      {
        cluster: cluster({
          roles: [
            { id: 'master', statefulSet: 'm', members: [member('m-0'), member('m-1', { state: 'deleting' })] },
            { id: 'worker', statefulSet: 'w', members: ['w-0', 'w-1', 'w-2'].map((pod) => member(pod)) },
            { id: 'gone', statefulSet: 'g', members: [member('g-0')] },
          ],
        }),
      },
      now,
    );
    expect(view.setUp).toEqual({ done: 3, total: 3 });
  });

  test('shows a cluster that no controller has seen', () => {
    const unseen = cluster();
    delete unseen.status;
    const view = clusterView({ cluster: unseen }, now);
    expect(view.state).toBeUndefined();
    expect(view.setUp).toEqual({ done: 0, total: 3 });
  });
});

describe('the diagnosis', () => {
  test('has nothing to say of a healthy cluster', () => {
    expect(diagnose({ cluster: cluster({ conditions: [condition('Ready', 'True', 'all')] }) })).toEqual([]);
  });

  test('tells the gravest first, and what members suffer from rather than the condition that sums it up', () => {
    const roles = [
      {
        ...{ id: 'worker', statefulSet: 'w' },
        members: [member('w-0', { restarts: 3 }), member('w-1', { stateDetail: { podErrorMessage: 'no image' } })],
      },
    ];
    const found = diagnose({
      cluster: cluster({ roles, conditions: [condition('Degraded', 'True', 'w-1: no image')] }),
    });
    expect(found.map(({ level, about, problem }) => [level, about, problem])).toEqual([
      ['error', 'w-1', 'no image'],
      ['warning', 'w-0', 'its container was restarted 3 times'],
    ]);
  });

  test('tells a warning of events once, and not what is known already', () => {
    const event = (name: string, message: string) => ({
      ...{ apiVersion: 'v1' as const, kind: 'Event' as const, metadata: { name }, type: 'Warning', message },
      involvedObject: { name: 'w-1' },
    });
    const roles = [
      { id: 'worker', statefulSet: 'w', members: [member('w-1', { stateDetail: { podErrorMessage: 'no image' } })] },
    ];
    const events = [event('a', 'quota exceeded'), event('b', 'quota exceeded'), event('c', 'w-1: no image')];
    expect(diagnose({ cluster: cluster({ roles }), events }).map(({ problem }) => problem)).toEqual([
      'no image',
      'quota exceeded',
    ]);
  });
});
