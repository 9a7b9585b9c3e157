/** The playground: KubeDirector and a Kubernetes to play with, in one process, on lowdb. */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Logger } from '../runtime/logger.ts';
import { systemClock } from '../runtime/clock.ts';
import { createMetrics } from '../runtime/metrics.ts';
import { believableDelays, ensurePki, writeKubeconfig, type PlaygroundDelays } from '../playground/index.ts';
import { openJournalStore, StorageFolderError, StorageLockedError } from '../storage/journal/index.ts';
import { StorageCorruptError, type Store } from '../storage/contract.ts';
import { compose, type Composition } from './compose.ts';
import { ConfigurationError } from './configuration-error.ts';

export interface PlaygroundFolder {
  /** DIR/data, DIR/pki and DIR/kubeconfig are ours; nothing else in it is touched. */
  readonly directory: string;
}

export interface PlaygroundOptions extends PlaygroundFolder {
  /** On 127.0.0.1; 0 takes any free one. */
  readonly port: number;
  readonly logger: Logger;
  /** Of the simulators; believable ones where absent. */
  readonly delays?: PlaygroundDelays;
}

export interface RunningPlayground {
  readonly url: string;
  /** Absolute path of the kubeconfig that reaches it as administrator. */
  readonly kubeconfig: string;
  /** Finishes what runs, closes the store. */
  stop(): Promise<void>;
}

/** Milliseconds for what is running when the server is asked to stop. */
const graceMs = 2_000;

/**
 * Starts everything; resolves once the server is ready.
 * @throws ConfigurationError where the folder or the port cannot be had; nothing is left running
 */
export async function startPlayground(options: PlaygroundOptions): Promise<RunningPlayground> {
  const directory = resolve(options.directory);
  const store = await openStore(directory, options.logger);
  const abort = new AbortController();
  let composition: Composition | undefined;
  const stop = async (): Promise<void> => {
    await composition?.stop(graceMs);
    abort.abort();
    await store.close();
  };
  try {
    const pki = await ensurePki(join(directory, 'pki'), systemClock);
    composition = compose({
      ...{ store, clock: systemClock, logger: options.logger, metrics: createMetrics() },
      ...{ authorities: pki.ca, delays: options.delays ?? believableDelays },
    });
    const { port } = await composition
      .listen({
        host: '127.0.0.1',
        port: options.port,
        credentials: { key: pki.server.key, cert: pki.server.certificate, clientCa: pki.ca },
      })
      .catch((error: unknown) => {
        throw portTaken(options.port, error);
      });
    await composition.start(abort.signal, port);
    const url = `https://127.0.0.1:${port}`;
    const kubeconfig = join(directory, 'kubeconfig');
    await writeKubeconfig(kubeconfig, url, pki);
    return { url, kubeconfig, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Forgets the data, the certificates and the kubeconfig. A folder that is in use, or not ours, is left as it is.
 * @throws ConfigurationError
 */
export async function resetPlayground({ directory, logger }: PlaygroundFolder & { logger: Logger }): Promise<void> {
  const root = resolve(directory);
  try {
    // Opening proves that the data are ours and that nobody works on them.
    await (await openStore(root, logger)).close();
  } catch (error) {
    // Damaged data are still ours, and to forget them is a way out.
    if (!(error instanceof Error && error.cause instanceof StorageCorruptError)) throw error;
  }
  for (const ours of ['data', 'pki', 'kubeconfig']) await rm(join(root, ours), { recursive: true, force: true });
}

async function openStore(directory: string, logger: Logger): Promise<Store> {
  try {
    return await openJournalStore({ directory: join(directory, 'data'), clock: systemClock, logger });
  } catch (error) {
    const expected = [StorageFolderError, StorageLockedError, StorageCorruptError].some(
      (kind) => error instanceof kind,
    );
    if (expected && error instanceof Error) throw new ConfigurationError(error.message, { cause: error });
    throw error;
  }
}

function portTaken(port: number, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'EADDRINUSE') {
    return new ConfigurationError(`port ${port} of 127.0.0.1 is in use: give another with --port`, { cause: error });
  }
  return new ConfigurationError(`port ${port} of 127.0.0.1 cannot be had: ${error.message}`, { cause: error });
}
