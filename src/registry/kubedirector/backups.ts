/** kubedirectorbackups: what a user asks for; how far it is, the controller writes. */
import {
  backupDeletionWarnings,
  backupNameErrors,
  validateBackup,
  validateBackupUpdate,
} from '../../apis/kubedirector/backup-validation.ts';
import type { Lookup } from '../../apis/kubedirector/lookup.ts';
import { forbiddenReferences, validateReferences } from '../../apis/kubedirector/references.ts';
import type { KubeDirectorBackup } from '../../apis/kubedirector/types.ts';
import { wellShaped } from '../../apis/kubedirector/well-shaped.ts';
import type { CallContext, ResourceDefinition, Strategy } from '../../apiserver/resource.ts';
import type { FieldError } from '../../meta/field-error.ts';
import { newFindings } from '../../schema/ratcheting.ts';
import { deepEqual } from '../../meta/json.ts';
import type { BaseDefinition } from './definition.ts';

/** KubeDirectorBackups. Who creates one must be somebody who may read its cluster, whose spec is kept in it. */
export function backupsDefinition(
  base: BaseDefinition<KubeDirectorBackup>,
  lookup: Lookup,
): ResourceDefinition<KubeDirectorBackup> {
  return { ...base, strategy: backupStrategy(base, lookup), subresources: { status: { type: 'status' } } };
}

function backupStrategy(base: BaseDefinition<KubeDirectorBackup>, lookup: Lookup): Strategy<KubeDirectorBackup> {
  const shaped = (backup: KubeDirectorBackup) => wellShaped(base.schema.root, backup);
  return {
    validateName: backupNameErrors,
    // Nobody brings snapshots along that the controller has not made.
    prepareForCreate: (_context, backup) => ({ ...backup, status: { observedGeneration: 0 } }),
    async validateCreate(context, backup) {
      const errors = validateBackup(shaped(backup));
      return errors.length > 0 ? errors : unearned(lookup, context, backup);
    },
    validateUpdate(_context, backup, old) {
      if (deepEqual(backup.spec, old.spec)) return [];
      const found = { errors: validateBackupUpdate(shaped(backup), base.schema.readable(old)), object: backup };
      return newFindings(base.schema.root, found, () => ({ errors: validateBackup(shaped(old)), object: old }));
    },
    validateDelete({ warn }, backup) {
      for (const text of backupDeletionWarnings(base.schema.readable(backup))) warn(text);
    },
  };
}

/** @throws StatusError 503 where nobody could be asked */
async function unearned(
  { mayDo, reviewsRights }: Lookup,
  { user, signal, fence }: CallContext,
  { metadata: { namespace = '' }, spec: { cluster } }: KubeDirectorBackup,
): Promise<FieldError[]> {
  // The controller makes the backups of schedules, whose authors were asked.
  if (!reviewsRights || fence !== undefined) return [];
  const reference = {
    resource: 'kubedirectorclusters',
    name: cluster,
    field: 'spec.cluster',
    use: 'connection',
  } as const;
  const question = { user, signal, cluster: { metadata: { namespace }, spec: {} }, further: [reference] };
  return validateReferences(await forbiddenReferences(mayDo, question), namespace);
}
