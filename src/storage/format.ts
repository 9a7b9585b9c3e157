/**
 * The format of what is stored, as a number in the store itself. So it is the same on every engine, and comes along in
 * backups and copies:
 *
 *   /internal/format   {"version":1,"program":"0.2.0"}
 *
 * It is the first thing that a server writes. After that no data folder is at revision 0, not even one that an earlier version
 * made: 0 is no resourceVersion, but means "any" to clients
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions).
 */
import type { Logger } from '../runtime/logger.ts';
import {
  ConflictError,
  StorageLostError,
  StorageUnavailableError,
  type Entry,
  type Store,
  type Write,
} from './contract.ts';

/** Never encrypted: whoever has no key must be able to see it, too. */
export const formatKey = '/internal/format';

/**
 * To be raised where a program from before would misunderstand, or spoil, what is stored from then on. In 1, the status of the
 * configuration may hold former encryption keys. Data without the key are older.
 */
const formatVersion = 1;

/** A later program wrote the data. Nothing was changed. */
export class StorageFormatError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StorageFormatError';
  }
}

interface Format {
  readonly version: number;
  /** The version of the first program that wrote this format here. */
  readonly program: string;
}

interface FormatOptions {
  /** The version of this program. */
  readonly program: string;
  readonly logger: Logger;
}

/**
 * Writes the format of this program, if the store has an older one or none. To be called before a server uses the store.
 * @throws StorageFormatError if the store has a newer one
 * @throws StorageUnavailableError if nothing is in the store, and nothing can be written
 */
export async function recordFormat(
  store: Pick<Store, 'read' | 'commit' | 'list'>,
  { program, logger }: FormatOptions,
): Promise<void> {
  for (;;) {
    const entry = await store.read(formatKey);
    if (entry !== undefined && readable(entry, program).version === formatVersion) return;
    try {
      const require = [{ key: formatKey, revision: entry?.revision ?? ('absent' as const) }];
      await store.commit({ require, writes: [formatOf({ version: formatVersion, program })] });
      return;
    } catch (error) {
      // Another server was faster.
      if (error instanceof ConflictError) continue;
      if (entry !== undefined || !(await canBeRead(store, error))) throw error;
      logger.warn({ error }, 'the format of the data could not be noted; the next start tries it again');
      return;
    }
  }
}

/**
 * @param entries of a store or a backup
 * @throws StorageFormatError if a later program wrote them
 */
export function checkFormat(entries: readonly Entry[], program: string): void {
  const entry = entries.find(({ key }) => key === formatKey);
  if (entry !== undefined) readable(entry, program);
}

/** A full disk is no reason not to serve what was stored before. */
async function canBeRead(store: Pick<Store, 'list'>, error: unknown): Promise<boolean> {
  if (!(error instanceof StorageUnavailableError) || error instanceof StorageLostError) return false;
  return (await store.list('', { limit: 1 })).entries.length > 0;
}

function formatOf(format: Format): Write {
  return { key: formatKey, value: Buffer.from(JSON.stringify(format)) };
}

/** @throws StorageFormatError */
function readable({ value }: Entry, program: string): Format {
  const { version, program: writer } = fieldsOf(value);
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || typeof writer !== 'string') {
    const found = value.toString('utf8', 0, 100);
    throw new StorageFormatError(`${formatKey} in the data is not what any version of this program writes: ${found}`);
  }
  if (version <= formatVersion) return { version, program: writer };
  throw new StorageFormatError(
    `the data are of format version ${version}, which kubedirector ${writer} has written; this is kubedirector ${program}, ` +
      `which knows versions up to ${formatVersion}. Use kubedirector ${writer} or later, or restore a backup from before it ` +
      'was started. Nothing was changed',
  );
}

function fieldsOf(value: Buffer): { readonly version?: unknown; readonly program?: unknown } {
  try {
    const parsed: unknown = JSON.parse(value.toString());
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {}; // reported by the caller
  }
}
