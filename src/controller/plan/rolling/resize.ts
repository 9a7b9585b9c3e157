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
  const pending = conditionOf(status, 'PodResizePending');
  if (pending?.reason === infeasible) return 'impossible';
  if (pending !== undefined || conditionOf(status, 'PodResizeInProgress') !== undefined) return 'underway';
  const given = status?.containerStatuses?.find(({ name }) => name === appContainer)?.resources;
  if (isMadeSo || isSame(given, wanted)) return 'done';
  return given === undefined ? 'impossible' : 'underway';
}

const infeasible = 'Infeasible';

const conditionOf = (status: Pod['status'], type: string) =>
  status?.conditions?.find((one) => one.type === type && one.status === 'True');

/** What its node says of a resize that it has put off; '' where it says nothing. */
export const wordsOfNode = ({ status }: Pod): string => conditionOf(status, 'PodResizePending')?.message ?? '';

/**
 * Why a pod can't be resized, for its user.
 * @param refusal of the API, where that has refused
 */
export function whyNotResized(pod: Pod, refusal: string | undefined): string {
  if (refusal !== undefined) return `it can't be resized: ${refusal}`;
  if (conditionOf(pod.status, 'PodResizePending')?.reason !== infeasible) {
    return "it can't be resized: its node does not say what its container has";
  }
  const words = wordsOfNode(pod);
  return `it can't be resized: its node calls that infeasible${words === '' ? '' : ` (${words})`}`;
}

const isSame = (resources: ResourceRequirements = {}, wanted: Resizable): boolean =>
  deepEqual(resizableOf(resources), wanted);
