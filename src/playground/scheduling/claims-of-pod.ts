/** Whether the claims of a pod allow to schedule it. Problems are in the words of kube-scheduler. */
import type { Pod } from '../../apis/kubernetes/types.ts';
import type { NamespacedName, Stored } from '../../meta/object.ts';
import { claimNames } from '../pods/status.ts';
import type { NativeRegistries } from '../simulation/world.ts';

interface ClaimsOfPod {
  /** Undefined if all claims are bound, or will be once a node is chosen. */
  readonly problem?: string;
  /** Whether the problem should end by itself, because volumes are being provisioned. */
  readonly passing?: boolean;
  /** The claims that wait until a node is chosen (WaitForFirstConsumer). */
  readonly unprovisioned: readonly NamespacedName[];
}

/** Checks all claims that the pod mounts; the first problem decides. */
export function claimsOfPod({ claims, storageClasses }: NativeRegistries, pod: Stored<Pod>): ClaimsOfPod {
  const { namespace = '' } = pod.metadata;
  const unprovisioned: NamespacedName[] = [];
  const unusable = (problem: string): ClaimsOfPod => ({ problem, unprovisioned: [] });
  for (const name of claimNames(pod)) {
    const claim = claims.cache.get(namespace, name)?.object;
    if (!claim) return unusable(`persistentvolumeclaim "${name}" not found`);
    if (claim.metadata.deletionTimestamp) return unusable(`persistentvolumeclaim "${name}" is being deleted`);
    const { storageClassName = '', volumeName = '' } = claim.spec ?? {};
    if (claim.status?.phase === 'Bound') continue;
    if (claim.status?.phase === 'Lost') {
      return unusable(`persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${volumeName}"`);
    }
    const { volumeBindingMode } = storageClasses.cache.get('', storageClassName)?.object ?? {};
    if (volumeBindingMode !== 'WaitForFirstConsumer')
      return { problem: 'pod has unbound immediate PersistentVolumeClaims', passing: true, unprovisioned: [] };
    unprovisioned.push({ namespace, name });
  }
  return { unprovisioned };
}
