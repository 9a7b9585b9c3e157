/** kubedirectorstatusbackups: what the controller writes, and backups bring back. There is nothing to check. */
import type { KubeDirectorStatusBackup } from '../../apis/kubedirector/types.ts';
import type { ResourceDefinition } from '../../apiserver/resource.ts';
import type { AccessReviewer } from '../../clients/contract.ts';
import type { BaseDefinition } from './definition.ts';
import { statusBackupRedaction } from './redactions.ts';

/** @param access who may read auth tokens; absent: nobody may */
export function statusBackupsDefinition(
  base: BaseDefinition<KubeDirectorStatusBackup>,
  access?: AccessReviewer,
): ResourceDefinition<KubeDirectorStatusBackup> {
  return { ...base, strategy: {}, redaction: statusBackupRedaction(access), subresources: {} };
}
