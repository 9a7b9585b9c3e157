/** kubedirectorstatusbackups: what the controller writes, and backups bring back. There is nothing to check. */
import type { KubeDirectorStatusBackup } from '../../apis/kubedirector/types.ts';
import type { ResourceDefinition } from '../../apiserver/registry/contract.ts';
import type { BaseDefinition } from './definition.ts';

export function statusBackupsDefinition(
  base: BaseDefinition<KubeDirectorStatusBackup>,
): ResourceDefinition<KubeDirectorStatusBackup> {
  return { ...base, strategy: {}, subresources: {} };
}
