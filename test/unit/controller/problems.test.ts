/** Why a member does not run, according to plans. */
import { describe, expect, test } from 'vitest';
import { app, backOff, creating, ended, facts, told, unscheduled, waiting, type Status } from './problems-fixture.ts';

describe('the status of a pod explains', () => {
  test.each([
    [
      'an image that fails to be pulled',
      waiting('ErrImagePull', 'no such host'),
      'ImagePullBackOff',
      "image repo/app:1 can't be had: no such host",
    ],
    [
      ...[
        'a back-off from it',
        waiting('ImagePullBackOff', 'Back-off pulling image "repo/app:1": ErrImagePull: no such host'),
      ],
      ...['ImagePullBackOff', "the image repo/app:1 can't be had: no such host (is"],
    ],
    ['an image of no valid name', waiting('InvalidImageName', 'bad format'), 'InvalidImageName', 'bad format'],
    [
      'a container that lacks its configuration',
      waiting('CreateContainerConfigError', 'secret "x" not found'),
      'CreateContainerConfigError',
      'secret "x" not found',
    ],
    [
      'a container that ends again and again',
      app(backOff, ended(3, 'Error', 'no license')),
      'CrashLoopBackOff',
      'ended with exit status 3: no license',
    ],
    [
      'one that its runtime cannot start',
      app(backOff, ended(128, 'StartError', 'exec: no such file')),
      'RunContainerError',
      "can't be started: exec: no such file",
    ],
    [
      'one that was out of memory',
      app(backOff, ended(137, 'OOMKilled')),
      'OOMKilled',
      'resources.limits.memory is 1Gi',
    ],
    [
      'a pod that was thrown out',
      { phase: 'Failed', reason: 'Evicted', message: 'low on memory' },
      'Evicted',
      'low on memory',
    ],
  ] as [string, Status, string, string][])('%s', (_name, status, reason, words) => {
    const { degraded, detail, events } = told(facts([status]));
    expect(degraded).toMatchObject({ status: 'True', reason });
    expect(degraded?.message).toContain(`set-0: ${detail?.podErrorMessage ?? ''}`);
    expect(detail?.podErrorMessage).toContain(words);
    expect(events).toEqual([expect.stringContaining(words)]);
  });

  test('the image of a package that cannot be pulled, and not that of the app', () => {
    const reference = 'registry.example.com/packages/app:1.0';
    const failure = `failed to pull and unpack image "${reference}": not found`;
    const observed = facts([
      waiting('ImagePullBackOff', `Back-off pulling image "${reference}": ErrImagePull: ${failure}`),
    ]);
    const packaged = structuredClone(observed.app);
    for (const role of packaged?.spec.roles ?? []) role.configPackage = { packageURL: `oci://${reference}` };
    const { detail } = told({ ...observed, app: packaged });
    expect(detail?.podErrorMessage).toBe(
      `the image of the package, ${reference}, can't be had: ${failure} (is packageURL of the app's configPackage right, and may the nodes pull it?)`,
    );
    expect(told(observed).detail?.podErrorMessage).toContain('the image repo/app:1 ');
  });

  test('a postStart hook that fails, unless the container ended by itself', () => {
    const hook = { waiting: { reason: 'PostStartHookError', message: 'Exec lifecycle hook ([/bin/bash -c script])' } };
    expect(told(facts([app(hook, ended(137))])).degraded?.reason).toBe('PostStartHookError');
    expect(told(facts([app(hook, ended(137))])).detail?.podErrorMessage).not.toContain('script');
    expect(told(facts([app(hook, ended(137, 'OOMKilled'))])).degraded?.reason).toBe('OOMKilled');
    expect(told(facts([app(hook, ended(3))])).detail?.podErrorMessage).toContain('exit status 3');
  });

  test('an init container that fails', () => {
    const status = {
      ...creating,
      initContainerStatuses: [{ ...app(ended(1)).containerStatuses?.[0], name: 'init' }],
    } as Status;
    expect(told(facts([status])).detail?.podErrorMessage).toContain('the container init ended with exit status 1');
  });

  test('nothing where a container is only being made, or has been restarted and set up since', () => {
    expect(told(facts([creating])).degraded?.status).toBe('False');
    const done = app({ running: {} }, ended(1), 7);
    const configured = { state: 'configured', stateDetail: { lastConfiguredContainer: 'containerd://1' } } as const;
    const { degraded, detail } = told(facts([{ ...done, phase: 'Running' }], configured));
    expect([degraded?.status, detail?.podErrorMessage]).toEqual(['False', undefined]);
  });

  test('nothing of a pod that goes', () => {
    const observed = facts([waiting('ErrImagePull', 'no such host')]);
    const [pod] = observed.pods.values();
    if (pod === undefined) throw new Error('no pod');
    const going = { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    const { detail, events } = told({ ...observed, pods: new Map([['set-0', going]]) });
    expect([detail?.podErrorMessage, events]).toEqual([undefined, []]);
  });

  test('what is wrong while a container that ends again and again happens to run', () => {
    const { degraded } = told(facts([app({ running: {} }, ended(1), 2)], { state: 'creating' }));
    expect(degraded).toMatchObject({ status: 'True', reason: 'CrashLoopBackOff' });
  });
});

describe('what is told', () => {
  test('names three members of those with the same problem, and each problem once', () => {
    const pull = waiting('ErrImagePull', 'no such host');
    const { degraded } = told(facts([pull, pull, pull, pull, app(backOff, ended(3))]));
    expect(degraded?.reason).toBe('ImagePullBackOff');
    expect(degraded?.message).toMatch(/^set-0, set-1, set-2 and 1 more: the image .*; set-4: the container app ended/);
  });

  test('does not change, and causes no event, if only numbers in it change', () => {
    const first = told(facts([waiting('ErrImagePull', 'udp 10.0.0.1:4711->10.0.0.2:53')]));
    const again = told(
      facts([waiting('ImagePullBackOff', 'ErrImagePull: udp 10.0.0.1:4999->10.0.0.2:53')], {}, first.detail),
    );
    expect(again.detail).toEqual(first.detail);
    expect(again.degraded).toEqual(first.degraded);
    expect(again.events).toEqual([]);
  });

  test('goes when the member runs', () => {
    const first = told(facts([waiting('ErrImagePull', 'no such host')]));
    const { detail } = told(facts([{ ...app({ running: {} }), phase: 'Running' }], {}, first.detail));
    expect(detail?.podErrorMessage).toBeUndefined();
  });

  test('of a set-up that failed is its detail', () => {
    const detail = { configErrorDetail: 'fetching failed', configuringContainer: 'containerd://1' };
    const { degraded } = told(
      facts([{ ...app({ running: {} }), phase: 'Running' }], { state: 'config error' }, detail),
    );
    expect(degraded).toMatchObject({
      reason: 'ConfigError',
      message: expect.stringContaining('set-0: fetching failed; ') as string,
    });
  });

  test('of a member without node is an event as well, once', () => {
    const first = told(facts([unscheduled('0/2 nodes')]));
    expect(first.events).toEqual(['member{set-0} in role{work}: not scheduled: 0/2 nodes']);
    expect(told(facts([unscheduled('0/3 nodes')], {}, first.detail)).events).toEqual([]);
  });
});
