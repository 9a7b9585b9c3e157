/** Which container of a pod it is: another one after each start, whatever its name. */
import type { KubeObject } from '../../meta/object.ts';
import type { ContainerStatus } from './types.ts';

/** Nodes without a container runtime of their own (simulated and virtual ones) may name no ID: then pod and restart do. */
export function containerIdentity(
  { metadata: { uid = '' } }: KubeObject,
  { containerID = '', restartCount }: ContainerStatus,
): string {
  return containerID === '' ? `pod://${uid}/${restartCount}` : containerID;
}
