/**
 * Members whose pod differs from what is asked for in cpu and memory only: a node may give them more or less while they run
 * (pods/resize). Source: https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/
 */
import type { Pod, ResourceRequirements } from '../../../apis/kubernetes/types.ts';
import { deepEqual } from '../../../meta/json.ts';
import { appContainer } from '../objects/stateful-set.ts';
import { resizableOf, type Resizable } from '../resizable.ts';

/** impossible: the node can't do it, or does not say what its containers have. */
type ResizeState = 'wanted' | 'underway' | 'done' | 'impossible';

/**
 * How far the pod is on its way to these resources.
 * @param isMadeSo whether it was made with them: its node has nothing to do, unless it says so
 */
export function resizeState({ spec, status }: Pod, wanted: Resizable, isMadeSo: boolean): ResizeState {
  const asked = spec?.containers.find(({ name }) => name === appContainer)?.resources;
  if (!isSame(asked, wanted)) return 'wanted';
  const conditions = (status?.conditions ?? []).filter((one) => one.status === 'True');
  const pending = conditions.find(({ type }) => type === 'PodResizePending');
  if (pending?.reason === 'Infeasible') return 'impossible';
  if (pending !== undefined || conditions.some(({ type }) => type === 'PodResizeInProgress')) return 'underway';
  const given = status?.containerStatuses?.find(({ name }) => name === appContainer)?.resources;
  if (isMadeSo || isSame(given, wanted)) return 'done';
  return given === undefined ? 'impossible' : 'underway';
}

const isSame = (resources: ResourceRequirements = {}, wanted: Resizable): boolean =>
  deepEqual(resizableOf(resources), wanted);
