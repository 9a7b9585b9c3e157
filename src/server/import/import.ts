/** Takes the objects of an existing KubeDirector over into a store. */
import { deepEqual } from '../../meta/json.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Condition, Write } from '../../storage/contract.ts';
import { ConfigurationError } from '../configuration-error.ts';
import type { StorageOptions } from '../serve/options.ts';
import { openStorage } from '../serve/storage.ts';
import { fillState, readState, type StorageState } from '../storage-state.ts';
import { StorageEmptyError } from '../storage.ts';
import { importedObjects, type ImportedObject, type ImportedObjects } from './objects.ts';
import type { ImportSource } from './sources.ts';

interface ImportRequest {
  readonly storage: StorageOptions;
  readonly source: ImportSource;
  /** Replaces objects that are there and differ; else nothing is imported where there are any. */
  readonly overwrite: boolean;
  readonly logger: Logger;
}

/** What was imported. */
export interface Imported extends Omit<ImportedObjects, 'objects'> {
  readonly place: string;
  /** Keys. */
  readonly added: readonly string[];
  readonly replaced: readonly string[];
  /** They were there already. */
  readonly same: number;
  /** Clients may know resourceVersions above the store's: it had objects before. */
  readonly mustListAgain: boolean;
}

/**
 * Clients of kube-apiserver know resourceVersions of the time until the API is switched over; these grow with all that the
 * cluster writes. A thousand writes a second make so many in eleven days.
 */
const revisionMargin = 1_000_000_000;

/**
 * Writes the objects that are not there yet. A store without data begins above the resourceVersions that clients can know.
 * @throws ConfigurationError where objects cannot be imported, or are there and differ (nothing was written then), or the place
 * cannot be used
 */
export async function importObjects({ storage, source, overwrite, logger }: ImportRequest): Promise<Imported> {
  const { objects, ...told } = importedObjects(source);
  if (objects.length === 0) throw new ConfigurationError('there is no object of kubedirector.hpe.com to import');
  const before = await stateOf({ storage, logger });
  if (before === undefined) {
    const revision = source.revision + revisionMargin;
    const entries = objects.map(({ key, value }) => ({ key, value, revision }));
    const { place } = await fillState({ storage, logger, replace: false, revision, entries });
    return { ...told, place, added: objects.map(({ key }) => key), replaced: [], same: 0, mustListAgain: false };
  }
  if (before.isRunning) {
    throw new ConfigurationError(`${before.place} is in use: stop its server first; nothing was imported`);
  }
  const { writes, ...result } = compared(objects, before);
  if (result.replaced.length > 0 && !overwrite) {
    const names = result.replaced.slice(0, 10).join(', ');
    throw new ConfigurationError(
      `${result.replaced.length} of the objects are in ${before.place} already and differ (${names}); nothing was imported. ` +
        'Replace them with --overwrite',
    );
  }
  if (writes.length > 0) await write(storage, logger, writes);
  const mustListAgain = before.revision < source.revision + revisionMargin;
  return { ...told, ...result, place: before.place, mustListAgain };
}

async function stateOf(target: Parameters<typeof readState>[0]): Promise<StorageState | undefined> {
  try {
    return await readState(target);
  } catch (error) {
    if (error instanceof StorageEmptyError) return undefined;
    throw error;
  }
}

function compared(objects: readonly ImportedObject[], { entries }: StorageState) {
  const there = new Map(entries.map((entry) => [entry.key, entry]));
  const writes: { readonly condition: Condition; readonly write: Write }[] = [];
  const [added, replaced]: [string[], string[]] = [[], []];
  for (const { key, object, value } of objects) {
    const entry = there.get(key);
    if (entry !== undefined && deepEqual(JSON.parse(entry.value.toString()), object)) continue;
    (entry === undefined ? added : replaced).push(key);
    writes.push({ condition: { key, revision: entry?.revision ?? 'absent' }, write: { key, value } });
  }
  return { writes, added, replaced, same: objects.length - writes.length };
}

async function write(
  storage: StorageOptions,
  logger: Logger,
  writes: readonly { readonly condition: Condition; readonly write: Write }[],
): Promise<void> {
  const store = await openStorage(storage, { logger }, undefined);
  try {
    for (const one of writes) await store.commit({ require: [one.condition], writes: [one.write] });
  } finally {
    await store.close();
  }
}
