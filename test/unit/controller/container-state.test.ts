import { describe, expect, test } from 'vitest';
import { containerState, runningContainer, schedulingError } from '../../../src/controller/plan/pods/container.ts';
import { container, pod, running } from './facts.ts';

describe('the state of a container', () => {
  const initStatus = { ...container({ running: {} }, 'containerd://init'), name: 'init' };
  const lost = { type: 'Ready', status: 'False', reason: 'NodeNotReady' };
  test.each([
    ['no pod', undefined, 'absent'],
    ['not looked at by a kubelet', pod('p', { phase: 'Pending' }), 'absent'],
    ['running', pod('p', running()), 'running'],
    [
      'running before it is ready',
      pod('p', { ...running(), conditions: [{ type: 'Ready', status: 'False' }] }),
      'running',
    ],
    ['ended', pod('p', { containerStatuses: [container({ terminated: { exitCode: 1 } })] }), 'terminated'],
    [
      'pulling its image',
      pod('p', { containerStatuses: [container({ waiting: { reason: 'ErrImagePull' } })] }),
      'waiting',
    ],
    ['behind its init container', pod('p', { initContainerStatuses: [initStatus] }), 'initializing'],
    ['on a lost node', pod('p', { ...running(), conditions: [lost] }), 'unresponsive'],
    ['unknown', pod('p', { phase: 'Unknown' }), 'unknown'],
  ])('%s', (_name, given, state) => {
    expect(containerState(given)).toBe(state);
  });

  test('only a running container of a pod that stays is worked on', () => {
    expect(runningContainer(pod('p', running()))).toBe('containerd://1');
    expect(runningContainer(pod('p', running(), { deletionTimestamp: '2026-01-01T00:00:00Z' }))).toBeUndefined();
    expect(runningContainer(pod('p', { ...running(), conditions: [lost] }))).toBeUndefined();
  });

  test('why the scheduler found no node is told until it did', () => {
    const condition = { type: 'PodScheduled', status: 'False', message: '0/2 nodes are available' };
    expect(schedulingError(pod('p', { conditions: [condition] }))).toBe('0/2 nodes are available');
    expect(schedulingError(pod('p', { conditions: [{ ...condition, status: 'True' }] }))).toBeUndefined();
    const bound = { ...pod('p', { conditions: [condition] }), spec: { nodeName: 'node', containers: [] } };
    expect(schedulingError(bound)).toBeUndefined();
  });
});
