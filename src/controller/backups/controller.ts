/**
 * The controller behind KubeDirectorBackups: level-triggered, observe → plan → write status → act. Backups that have ended
 * cost nothing; VolumeSnapshots are followed from the first backup on that needs them.
 */
import type { KubeDirectorBackup } from '../../apis/kubedirector/types.ts';
import { backupLabel, scheduleLabel } from '../../apis/kubedirector/well-known.ts';
import type { ObjectChange } from '../../clients/contract.ts';
import { deepEqual } from '../../meta/json.ts';
import type { KubeObject, Stored } from '../../meta/object.ts';
import { isReason } from '../../meta/status.ts';
import { unhurried } from '../../runtime/turns.ts';
import { createWorkqueue } from '../../runtime/workqueue.ts';
import type { BackupIndex } from '../backup-index.ts';
import type { ControllerOptions } from '../clients.ts';
import { createFailures } from '../failures.ts';
import { keyOf, keyOfObject, parseKey } from '../keys.ts';
import { needsWork, planBackup } from '../plan/backups/plan.ts';
import { createBackupActor } from './actor.ts';
import { createBackupObserver } from './observer.ts';

/** Makes backups what their specs say. */
interface BackupController {
  /** Begins to listen at once; @returns what ends that, and drops what waits */
  listen(): () => void;
  /** Works until the signal aborts, or the end of `listen`. To be called once the listers have synced. */
  work(signal: AbortSignal): Promise<void>;
}

type BackupControllerOptions = ControllerOptions & { readonly index: BackupIndex };

/** Backups worked on at a time. */
const workers = 2;

/** Composes observe, plan and act. */
export function createBackupController(options: BackupControllerOptions): BackupController {
  const { clock, metrics, random, backups, clusters, native, turns = unhurried } = options;
  const delays = { baseDelayMs: 50, maxDelayMs: 60_000 };
  const queue = createWorkqueue({ clock, metrics, random, name: 'kubedirectorbackups', ...delays });
  const served = options.namespaces === undefined ? undefined : new Set(options.namespaces);
  const add = (key: string): void => {
    if (served?.has(parseKey(key).namespace) !== false) queue.add(key);
  };
  const reconcile = createReconcile(options, (key, milliseconds) => queue.addAfter(key, milliseconds));

  async function worker(signal: AbortSignal): Promise<void> {
    for (let key = await queue.get(signal); key !== undefined; key = await queue.get(signal)) {
      if (turns.due()) await turns.next();
      if (await reconcile(key, signal)) queue.forget(key);
      else queue.addRateLimited(key);
      queue.done(key);
    }
  }

  return {
    listen() {
      const ends = [
        backups.onChange((change) => {
          for (const key of concerned(options.index, change)) add(key);
        }),
        clusters.onChange(({ object, old }) => {
          const cluster = object ?? old;
          if (cluster === undefined) return;
          for (const backup of options.index.unfinished(keyOfObject(cluster))) add(keyOfObject(backup));
          const { namespace = '' } = cluster.metadata;
          const name = cluster.spec.restoreFrom?.backup;
          if (name !== undefined && isLeaving(backups.get(namespace, name))) add(keyOf({ namespace, name }));
        }),
        native.snapshots.view.onChange(({ object, old }) => {
          const { labels, namespace = '' } = (object ?? old)?.metadata ?? {};
          const name = labels?.[backupLabel];
          if (name !== undefined) add(keyOf({ namespace, name }));
        }),
      ];
      for (const backup of backups.list()) if (needsWork(backup)) add(keyOfObject(backup));
      return () => {
        for (const end of ends) end();
        queue.shutDown();
      };
    },
    async work(signal) {
      await Promise.all(Array.from({ length: workers }, () => worker(signal)));
    },
  };
}

const isLeaving = (object: Stored<KubeObject> | undefined): boolean => object?.metadata.deletionTimestamp !== undefined;

/** The backup itself, its schedule, and others of the cluster, which may have waited for it. */
function concerned(index: BackupIndex, { object, old }: ObjectChange<KubeDirectorBackup>): readonly string[] {
  const backup = object ?? old;
  if (backup === undefined) return [];
  const { namespace = '', labels } = backup.metadata;
  const own = object !== undefined && needsWork(object) ? [keyOfObject(object)] : [];
  const schedule = labels?.[scheduleLabel];
  const isNews = object?.status?.phase !== old?.status?.phase || isLeaving(object) !== isLeaving(old);
  if (!isNews) return own;
  const others = index.unfinished(keyOf({ namespace, name: backup.spec.cluster })).map(keyOfObject);
  return [...own, ...others, ...(schedule === undefined ? [] : [keyOf({ namespace, name: schedule })])];
}

/** One pass over one backup; false where it has to be tried again. */
function createReconcile(options: BackupControllerOptions, later: (key: string, milliseconds: number) => void) {
  const { backups, clock, logger } = options;
  const observer = createBackupObserver(options);
  const actor = createBackupActor(options);
  const failures = createFailures(clock);

  async function pass(key: string, signal: AbortSignal): Promise<void> {
    const seen = await observer.observe(parseKey(key), signal);
    if (seen === undefined) return;
    const failure = failures.shown(key);
    const observed = failure === undefined ? seen : { ...seen, failure };
    const { actions, status, againAfterMs } = planBackup(observed, clock.now());
    const { backup } = observed;
    const isNews = status !== undefined && !deepEqual(status, backup.status);
    const written = isNews ? await backups.update({ ...backup, status }, 'status') : backup;
    logger.debug({ backup: key, wrote: isNews, actions: actions.map(({ type }) => type) }, 'reconciled');
    if (againAfterMs !== undefined) later(key, againAfterMs);
    await actor.act(written, actions);
    if (seen.unread !== undefined) throw seen.unread;
  }

  return async (key: string, signal: AbortSignal): Promise<boolean> => {
    try {
      await pass(key, signal);
      // The next pass takes back what was told of the failure.
      if (failures.succeeded(key)) later(key, 0);
      return true;
    } catch (error) {
      // The next controller does it.
      if (signal.aborted || isReason(error, 'Conflict')) return false;
      failures.failed(key, error);
      logger.warn({ backup: key, error }, 'the reconcile of a backup failed; it will be tried again');
      return false;
    }
  };
}
