/** Backups of the sample cluster, in the world of the test that runs. */
import type { AppRole, BackupSpec, BackupStatus, KubeDirectorBackup } from '../../../src/apis/kubedirector/types.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { at } from './samples.ts';
import { configured, world } from './started.ts';

export function backUp(name = 'first', spec: Partial<BackupSpec> = {}): Stored<KubeDirectorBackup> {
  return world.backups.direct.create({
    ...{ apiVersion: 'kubedirector.hpe.com/v1beta1', kind: 'KubeDirectorBackup' },
    metadata: { name, namespace: 'default' },
    spec: { cluster: 'sample', ...spec },
  });
}

export function backup(name = 'first'): Stored<KubeDirectorBackup> {
  const found = world.backups.get('default', name);
  if (found === undefined) throw new Error(`no backup ${name}`);
  return found;
}

export const backupStatus = (name = 'first'): BackupStatus => backup(name).status ?? {};

const all: NonNullable<AppRole['eventList']> = ['configure', 'addnodes', 'delnodes', 'backup', 'restore'];

/** The app's roles name the events of backups. */
export function listenToBackups(): void {
  world.apps.direct.change(at('golden'), ({ spec }) => {
    for (const role of spec.roles) if (role.configPackage !== null) role.eventList = [...all];
  });
}

/** Begins a backup of a cluster that is configured; the driver never takes the snapshots, so that the members stay frozen. */
export async function whileSnapshotting(): Promise<void> {
  listenToBackups();
  await configured();
  world.snapshots.driver = 'silent';
  backUp();
  await world.settle(5_000);
}

/** What each pod was told, in order: "begin", "end". */
export const toldOfBackups = (): Record<string, string[]> => {
  const told: Record<string, string[]> = {};
  for (const { pod, step, args } of world.guest.runs) {
    if (step === 'kd-notify' && args.includes('--backup')) told[pod] = [...(told[pod] ?? []), args.at(-1) ?? ''];
  }
  return told;
};

/** Members that were not told of an end after a beginning. */
export const frozen = (): string[] =>
  Object.entries(toldOfBackups())
    .filter(([, words]) => words.at(-1) !== 'end')
    .map(([pod]) => pod);

export const snapshots = () => world.snapshots.resource.list();
