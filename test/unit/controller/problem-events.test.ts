/** What events say about a member that does not run, according to plans. */
import { describe, expect, test } from 'vitest';
import type { ToldEvent } from '../../../src/apis/kubernetes/event.ts';
import type { Observed } from '../../../src/controller/plan/observed.ts';
import { unexplained } from '../../../src/controller/plan/life-cycle/unexplained.ts';
import { app, backOff, creating, ended, facts, told, unscheduled, waiting, type Status } from './problems-fixture.ts';

describe('events explain', () => {
  const warning = (reason: string, message: string): ToldEvent => ({ type: 'Warning', reason, message });
  const by = (observed: Observed, key: string, ...events: ToldEvent[]) =>
    told({ ...observed, events: new Map([[key, events]]) });

  test('a pod whose volumes cannot be mounted, unless something has come after', () => {
    const failed = warning('FailedMount', 'secret "x" not found');
    const { degraded, detail } = by(facts([creating]), 'Pod/set-0', failed);
    expect(degraded?.reason).toBe('FailedMount');
    expect(detail?.podErrorMessage).toBe(
      `a volume can't be mounted (it is tried again): secret "x" not found (put it back, or have the cluster do without)`,
    );
    const pulling = { type: 'Normal', reason: 'Pulling', message: '' };
    expect(by(facts([creating]), 'Pod/set-0', pulling, failed).degraded?.status).toBe('False');
  });

  test('a pod that its StatefulSet may not make', () => {
    const { degraded } = by(facts([undefined]), 'StatefulSet/set', warning('FailedCreate', 'exceeded quota: q'));
    expect(degraded).toMatchObject({
      reason: 'FailedCreate',
      message: expect.stringContaining('exceeded quota: q') as string,
    });
  });

  test('a claim without volume, before what the scheduler says', () => {
    const observed = facts([unscheduled('pod has unbound immediate PersistentVolumeClaims')]);
    const key = 'PersistentVolumeClaim/claim';
    const none = { type: 'Normal', reason: 'FailedBinding', message: 'no persistent volumes available' };
    const { degraded, detail } = by(observed, key, none);
    expect(degraded?.reason).toBe('FailedBinding');
    expect(detail?.podErrorMessage).toContain('the PersistentVolumeClaim claim gets no volume: no persistent volumes');
    const ordinary = { type: 'Normal', reason: 'WaitForFirstConsumer', message: '' };
    expect(by(observed, key, ordinary).degraded?.reason).toBe('MembersNotScheduled');
  });

  test('a container whose postStart hook fails, also while it is kept from starting again', () => {
    const failed = warning('FailedPostStartHook', 'PostStartHook failed');
    const backingOff = warning('BackOff', 'Back-off restarting failed container');
    const first = by(facts([creating]), 'Pod/set-0', failed);
    expect(first.degraded?.reason).toBe('PostStartHookError');
    expect(first.detail?.podErrorMessage).toContain('needs /bin/bash');
    expect(by(facts([app(backOff, ended(137))]), 'Pod/set-0', backingOff, failed).degraded?.reason).toBe(
      'PostStartHookError',
    );
  });
});

describe('events are wanted', () => {
  const wanted = (observed: Observed) => unexplained(observed).map(({ kind, name, uid }) => [kind, name, uid]);
  const claimless = unscheduled('pod has unbound immediate PersistentVolumeClaims');
  test.each([
    ['about a pod whose status says nothing', creating, [['Pod', 'set-0', 'uid-set-0']]],
    ['about a StatefulSet that makes no pod', undefined, [['StatefulSet', 'set', 'uid-set']]],
    ['about claims that keep a pod from its node', claimless, [['PersistentVolumeClaim', 'claim', undefined]]],
    [
      'about a pod whose container was killed by nobody knows whom',
      app(backOff, ended(137)),
      [['Pod', 'set-0', 'uid-set-0']],
    ],
    ['not where the scheduler has said why', unscheduled('Insufficient cpu'), []],
    ['not where the kubelet has said why', waiting('ErrImagePull'), []],
    ['not for a member that runs', { ...app({ running: {} }), phase: 'Running' }, []],
  ] as [string, Status | undefined, unknown[]][])('%s', (_name, status, expected) => {
    expect(wanted(facts([status]))).toEqual(expected);
  });

  test('not for members that leave', () => {
    expect(wanted(facts([undefined], { state: 'deleting' }))).toEqual([]);
    expect(wanted(facts([creating], { state: 'delete pending' }))).toEqual([]);
  });
});
