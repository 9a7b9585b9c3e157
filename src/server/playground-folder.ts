/** The folder of a playground: DIR/data, DIR/pki and DIR/kubeconfig… are ours; nothing else in it is touched. */
import { access, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Logger } from '../runtime/logger.ts';
import { formatName, stagingFolder } from '../storage/journal/layout.ts';
import { StorageCorruptError, type Store } from '../storage/contract.ts';
import { ConfigurationError } from './configuration-error.ts';
import { dataName, openStoreIn, type StoreTools } from './data-folder.ts';
import { checkAddress, loopback } from './port.ts';

/** Where a playground keeps its data. */
export interface PlaygroundFolder {
  /** DIR. */
  readonly directory: string;
  readonly logger: Logger;
}

/** Beside DIR/data. */
const surroundings = ['kubeconfig', 'kubeconfig-viewer', 'pki'];

/**
 * Takes the folder for this process alone, and reads what is in it.
 * @param root absolute
 * @throws ConfigurationError where it is in use, not ours, damaged or unusable; it is then as it was
 */
export async function openPlaygroundFolder(root: string, tools: StoreTools): Promise<Store> {
  await checkOwner(root);
  return openStoreIn(root, tools, {
    locked: ' (--data)',
    foreign: ' (--data names the folder that holds it)',
    damaged: ', or forget all of it (--reset)',
  });
}

/**
 * The data are made first and forgotten last: what lies beside none is somebody else's, like /etc/pki.
 * @throws ConfigurationError where it is
 */
export async function checkOwner(root: string): Promise<void> {
  const data = join(root, dataName);
  // Beside it while a restore replaces it, and after one that was cut short.
  for (const place of [data, stagingFolder(data)]) if (await exists(join(place, formatName))) return;
  for (const name of surroundings) {
    if (!(await exists(join(root, name)))) continue;
    throw new ConfigurationError(
      `the folder ${root} is not a playground's (it has ${name} and no data/${formatName}); nothing was changed. ` +
        'Name another folder with --data; where it is what is left of one, remove that first',
    );
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return false;
    // What it is cannot be seen, but something is there.
    return true;
  }
}

/** @throws ConfigurationError in the place of what the file system says, which mostly is that we may not write */
export async function inFolder<T>(root: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const message = `the folder ${root} cannot be used: ${error.message}. Name another with --data`;
    throw new ConfigurationError(message, { cause: error });
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

const forgottenPrefix = '.kubedirector-forgotten-';

/**
 * Forgets the data, the certificates and the kubeconfig. A folder that is in use or not ours is left as it is, and so
 * is one whose new server could not have its port.
 * @throws ConfigurationError
 */
export async function resetPlayground({ directory, port, logger }: PlaygroundFolder & { port: number }): Promise<void> {
  const root = resolve(directory);
  const store = await openUnlessDamaged(root, logger);
  try {
    await checkAddress({ host: loopback, port });
    await inFolder(root, forget(root));
  } finally {
    await store?.close();
  }
  for (const name of await inFolder(root, readdir(root))) {
    if (name.startsWith(forgottenPrefix)) await inFolder(root, rm(join(root, name), { recursive: true, force: true }));
  }
}

/** Moved away in one step each, so that nobody who starts meanwhile meets halves; the data last, see checkOwner. */
async function forget(root: string): Promise<void> {
  const away = await mkdtemp(join(root, forgottenPrefix));
  for (const name of [...surroundings, dataName]) {
    if (await exists(join(root, name))) await rename(join(root, name), join(away, name));
  }
}

/** Undefined where the data are damaged: they are still ours, and to forget them is a way out. */
async function openUnlessDamaged(root: string, logger: Logger): Promise<Store | undefined> {
  try {
    return await openPlaygroundFolder(root, { logger });
  } catch (error) {
    if (error instanceof Error && error.cause instanceof StorageCorruptError) return undefined;
    throw error;
  }
}
