/** Whether objects may be created in a namespace. */
import type { Namespace } from '../apis/kubernetes/types.ts';

type NamespacePhase = 'Active' | 'Terminating' | undefined;

/** @param found undefined where there is no such namespace */
export function phaseOf(found: Namespace | undefined): NamespacePhase {
  if (found === undefined) return undefined;
  return found.status?.phase === 'Terminating' || found.metadata.deletionTimestamp !== undefined
    ? 'Terminating'
    : 'Active';
}
