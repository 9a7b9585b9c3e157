/** Whether a pod's claims let it be scheduled, in kube-scheduler's words. */
import type { Pod } from '../../apis/kubernetes/types.ts';
import type { NamespacedName, Stored } from '../../meta/object.ts';
import { claimNames } from '../pods/status.ts';
import type { NativeRegistries } from '../simulation/world.ts';

interface ClaimsOfPod {
  /** Undefined: they are bound, or will be once a node is chosen. */
  readonly problem?: string;
  /** The problem is one that time alone should solve. */
  readonly passing?: boolean;
  /** Those that wait for a node to be chosen. */
  readonly unprovisioned: readonly NamespacedName[];
}

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
