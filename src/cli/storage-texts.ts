/** What `kubedirector storage` prints. */
import type { ReadableEntries } from '../server/encryption/readable.ts';
import type { StorageFilled, StorageState } from '../server/storage-state.ts';
import type { StorageReport } from '../server/storage.ts';
import type { Findings } from '../server/stored-objects.ts';

/** "1 object", "2 objects". */
export function objects(count: number): string {
  return count === 1 ? '1 object' : `${count} objects`;
}

/** Of a folder that is whole. */
export function folderText({ directory, revision, entries, resources, ...sizes }: StorageReport): string {
  const { snapshotBytes, journalBytes, torn } = sizes;
  const lines = [
    `${directory} is whole: revision ${revision}, ${objects(entries.length)}`,
    ...resourceLines(resources),
    `snapshot ${snapshotBytes} bytes, journal ${journalBytes} bytes`,
  ];
  if (torn) {
    const where = `${torn.file}, line ${torn.line}: the last ${torn.bytes} bytes`;
    lines.push(`${where} were never acknowledged; the next start cuts them off, and nothing that counts with them`);
  }
  return text(lines);
}

/** Of a prefix in etcd that could be read. */
export function prefixText({ place, revision, entries }: StorageState, resources: StorageReport['resources']): string {
  return text([`${place} was read: revision ${revision}, ${objects(entries.length)}`, ...resourceLines(resources)]);
}

function resourceLines(resources: StorageReport['resources']): string[] {
  const width = Math.max(...[...resources.keys()].map((name) => name.length));
  const digits = Math.max(...[...resources.values()].map((count) => String(count).length));
  return [...resources].map(([name, count]) => `  ${name.padEnd(width)}  ${String(count).padStart(digits)}`);
}

/** What `check` tells of encryption; '' if nothing is encrypted, or is to be. */
export function encryptionText({ encrypted, census }: ReadableEntries): string {
  if (census === undefined) {
    const how = 'name the keys with --encryption-provider-config to look into them';
    return encrypted === 0 ? '' : text([`${objects(encrypted)} encrypted: ${how}`]);
  }
  const { stale, unreadable } = census;
  const lines = [`${objects(encrypted)} encrypted`];
  if (stale > 0) lines.push(`${objects(stale)} not written with the first key: \`storage rewrite\` writes them anew`);
  lines.push(...unreadable.slice(0, mostFindings).map(({ message }) => `  ${message}`));
  if (unreadable.length > mostFindings) lines.push(`  and ${unreadable.length - mostFindings} more`);
  return text(lines);
}

/**
 * A warning about a backup that anybody can read; '' if there is nothing in it that is not encrypted.
 */
export function plainBackupText({ plain, all }: { readonly plain: number; readonly all: number }): string {
  if (plain === 0) return '';
  const how = plain === all ? 'THIS BACKUP IS NOT ENCRYPTED' : `${plain} OF ${all} OBJECTS ARE NOT ENCRYPTED`;
  return text([
    `warning: ${how}: masterEncryptionKey, auth tokens and everything else in them can be read in it. Keep it as you ` +
      'keep a key, or see --encryption-provider-config',
  ]);
}

const mostFindings = 100;

/** '' if there are none. */
export function findingsText({ broken, refused }: Findings): string {
  const lines: string[] = [];
  const add = (title: string, findings: Findings['broken']): void => {
    if (findings.length === 0) return;
    lines.push(title, ...findings.slice(0, mostFindings).map(({ key, reason }) => `  ${key}: ${reason}`));
    if (findings.length > mostFindings) lines.push(`  and ${findings.length - mostFindings} more`);
  };
  add(`${objects(broken.length)} cannot be served:`, broken);
  add(`${objects(refused.length)} served as stored, though the schema refuses them:`, refused);
  return text(lines);
}

interface Restored {
  readonly filled: StorageFilled;
  readonly objects: number;
  readonly backup: { readonly revision: number; readonly created: string };
}

/** Of a restore. */
export function restoredText({ filled, backup, objects: count }: Restored): string {
  const { place, revision, replaced } = filled;
  const from = `the backup of ${backup.created} (revision ${backup.revision})`;
  const goesOn = `the store goes on after revision ${revision}`;
  const lines = [`restored ${objects(count)} to ${place}, from ${from}`];
  if (replaced) lines.push(`the data that were there are in ${replaced.place}; remove them once nobody needs them`);
  if (replaced && !replaced.isDamaged) {
    lines.push(`${goesOn}: above the ${replaced.revision} that they had reached`);
  } else {
    const unknown = replaced
      ? `they are damaged: they had reached at least revision ${replaced.revision}, how much more cannot be known`
      : 'whether data that are lost had gone beyond the backup cannot be known';
    lines.push(unknown, `${goesOn}: clients that saw a newer resourceVersion must list again, restart them`);
  }
  return text(lines);
}

/** Of a copy. */
export function copiedText({ from, to }: { readonly from: StorageState; readonly to: StorageFilled }): string {
  return text([
    `copied ${objects(from.entries.length)} of ${from.place} (revision ${from.revision}) to ${to.place}, and compared them`,
    `the store goes on after revision ${to.revision}`,
  ]);
}

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
