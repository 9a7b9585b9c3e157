/** One state of a store, read from a folder or from etcd, or written to one of them: for commands, not for a server. */
import { resolve } from 'node:path';
import { systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { encodeBackup, type Backup } from '../storage/backup.ts';
import { checkBackupFile, writeBackupFile } from './backup-file.ts';
import { ConfigurationError } from './configuration-error.ts';
import type { StorageOptions } from './serve/options.ts';
import { openStorage } from './serve/storage.ts';
import { refuseLater } from './storage-format.ts';
import { fillFolder, readFolder, StorageEmptyError } from './storage.ts';

/** What a command works on. */
export interface StorageTarget {
  readonly storage: StorageOptions;
  readonly logger: Logger;
}

type State = Pick<Backup, 'revision' | 'entries'>;

/** All objects of a store at one revision. */
export interface StorageState extends State {
  /** For a user: "/var/lib/kubedirector/data", or "/kubedirector in etcd". */
  readonly place: string;
  /** A server has the folder open. In etcd this is not known: false. */
  readonly isRunning: boolean;
}

/**
 * Reads everything, changes nothing; also while servers run.
 * @throws ConfigurationError where there are no data, they cannot be used, or a later program wrote them
 * @throws StorageCorruptError where they are damaged
 * @throws StorageUnavailableError where etcd does not answer
 */
export async function readState({ storage, logger }: StorageTarget): Promise<StorageState> {
  if (storage.engine === 'lowdb') {
    const { directory, ...state } = await readFolder({ directory: storage.directory, logger });
    return { ...state, place: directory };
  }
  const place = `${storage.etcd.prefix} in etcd`;
  const store = await openStorage(quiet(storage), { logger }, undefined);
  try {
    const { entries, revision } = await store.list('');
    refuseLater(entries);
    if (entries.length > 0) return { entries, revision, place, isRunning: false };
  } finally {
    await store.close();
  }
  throw new StorageEmptyError(`there are no objects under ${place}. Name the prefix with --etcd-prefix`);
}

/** What is to become all of a store. */
interface FillRequest extends StorageTarget, State {
  /** Replaces what is there, keeping it aside; else nothing is written where there is something. */
  readonly replace: boolean;
  /** The file that objects which are replaced in etcd are backed up to. */
  readonly aside?: string;
}

/** What was written where. */
export interface StorageFilled {
  readonly place: string;
  /** The store goes on after it. */
  readonly revision: number;
  readonly replaced?: {
    /** Where what was there is kept. */
    readonly place: string;
    readonly revision: number;
    /** Not all of it can be read: it may have gone beyond that revision. */
    readonly isDamaged: boolean;
  };
}

/**
 * Makes the entries all that a store holds. Its revisions go on above those of the entries and of what was there.
 * @throws ConfigurationError where there are data that are not to be replaced, or the place cannot be used
 * @throws StorageUnavailableError where etcd does not answer
 */
export async function fillState(request: FillRequest): Promise<StorageFilled> {
  const { storage, logger, replace, revision, entries } = request;
  if (storage.engine === 'etcd') return fillPrefix(request, storage);
  const { directory } = storage;
  const filled = await fillFolder({ directory, logger, replace, revision, entries });
  const { replaced } = filled;
  return {
    ...{ place: filled.directory, revision: filled.revision },
    ...(replaced && {
      replaced: { place: replaced.directory, revision: replaced.revision, isDamaged: replaced.damaged },
    }),
  };
}

async function fillPrefix(
  { logger, replace, aside, revision, entries }: FillRequest,
  storage: Extract<StorageOptions, { engine: 'etcd' }>,
): Promise<StorageFilled> {
  const { fillEtcd, EtcdOccupiedError, EtcdOptionsError } = await import('../storage/etcd/index.ts');
  const place = `${storage.etcd.prefix} in etcd`;
  if (replace && aside === undefined) {
    throw new ConfigurationError(
      '--replace needs --aside FILE with etcd: the objects that are there are backed up to it',
    );
  }
  if (aside !== undefined) await checkBackupFile(aside, { force: false });
  const keep = async (old: State): Promise<void> => {
    await writeBackupFile(aside ?? '', encodeBackup({ ...old, created: systemClock.now() }), { force: false });
  };
  try {
    const { replaced, ...filled } = await fillEtcd({
      ...{ ...quiet(storage).etcd, logger, clock: systemClock, random: Math.random, revision, entries },
      ...(replace && { keep }),
    });
    const kept = { place: resolve(aside ?? ''), isDamaged: false };
    return { place, ...filled, ...(replaced && { replaced: { ...kept, ...replaced } }) };
  } catch (error) {
    if (error instanceof EtcdOptionsError) throw new ConfigurationError(error.message, { cause: error });
    if (!(error instanceof EtcdOccupiedError)) throw error;
    const way = 'With --replace --aside FILE they are backed up and replaced; or name another prefix';
    throw new ConfigurationError(`there are objects under ${place} already; nothing was changed. ${way}`, {
      cause: error,
    });
  }
}

/** A command that ends soon compacts nothing. */
function quiet(storage: Extract<StorageOptions, { engine: 'etcd' }>): typeof storage {
  return { ...storage, etcd: { ...storage.etcd, compactEveryMs: 0 } };
}
