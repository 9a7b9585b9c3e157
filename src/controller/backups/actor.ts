/** Carries out what plans of backups ask for. Every action may be repeated; one whose work is done already succeeds. */
import type { KubeDirectorBackup } from '../../apis/kubedirector/types.ts';
import type { Stored } from '../../meta/object.ts';
import { isReason } from '../../meta/status.ts';
import type { ControllerOptions } from '../clients.ts';
import type { BackupAction } from '../plan/backups/observed.ts';
import { isMadeFor } from '../plan/backups/snapshots.ts';

/** Carries out the plan of a backup. */
interface BackupActor {
  /**
   * In order, each whether or not another fails.
   * @throws the first action's error, when all have been tried
   */
  act(backup: Stored<KubeDirectorBackup>, actions: readonly BackupAction[]): Promise<void>;
}

/** Makes the actor of a controller. */
export function createBackupActor({
  backups,
  native,
  events,
}: Pick<ControllerOptions, 'backups' | 'native' | 'events'>): BackupActor {
  /** Who else has made a backup of that name has not made the schedule's. */
  async function createBackup(schedule: Stored<KubeDirectorBackup>, object: KubeDirectorBackup): Promise<void> {
    try {
      await backups.create(object);
    } catch (error) {
      if (!isReason(error, 'AlreadyExists')) throw error;
      const { namespace = '', name = '' } = object.metadata;
      const found = await backups.read({ namespace, name });
      if (found === undefined || !isMadeFor(schedule, found)) throw error;
    }
  }

  async function perform(backup: Stored<KubeDirectorBackup>, action: BackupAction): Promise<void> {
    const { namespace = '', name, resourceVersion } = backup.metadata;
    switch (action.type) {
      case 'setFinalizers': {
        const { finalizers } = action;
        await unless('NotFound', backups.patch({ namespace, name }, { metadata: { resourceVersion, finalizers } }));
        return;
      }
      case 'createSnapshot':
        return unless('AlreadyExists', native.snapshots.create(action.object));
      case 'deleteSnapshot':
        return native.snapshots.delete({ namespace, name: action.name }, { uid: action.uid });
      case 'createBackup':
        return createBackup(backup, action.object);
      case 'deleteBackup':
        return backups.delete({ namespace, name: action.name }, { uid: action.uid });
      case 'event':
        events.record(backup, action.severity, action.reason, action.message);
    }
  }

  return {
    async act(backup, actions) {
      const failures: unknown[] = [];
      for (const action of actions) {
        await perform(backup, action).catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw failures.find((error) => !isReason(error, 'Conflict')) ?? failures[0];
    },
  };
}

async function unless(reason: 'NotFound' | 'AlreadyExists', work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isReason(error, reason)) throw error;
  }
}
