/** The playground: KubeDirector and a Kubernetes to play with, in one process, on lowdb. */
import { join, resolve } from 'node:path';
import { collectGarbage } from '../runtime/collect-garbage.ts';
import { systemClock } from '../runtime/clock.ts';
import { quieter } from '../runtime/logger.ts';
import { createSoleLeadership } from '../runtime/leadership.ts';
import { createMetrics } from '../runtime/metrics.ts';
import {
  believableDelays,
  DamagedAuthorityError,
  ensurePki,
  writeKubeconfig,
  type PlaygroundDelays,
} from '../playground/index.ts';
import { compose } from './compose.ts';
import { ConfigurationError } from './configuration-error.ts';
import { processIdentity } from './identity.ts';
import { later } from './later.ts';
import { openPage } from './page.ts';
import { createPlaygroundMode, playgroundNamespace } from './playground-mode.ts';
import { inFolder, openPlaygroundFolder, type PlaygroundFolder } from './playground-folder.ts';
import { untilLost } from './lost.ts';
import { havingAddress, loopback } from './port.ts';
import { startAll, type Started } from './started.ts';
import { enterStore } from './storage-format.ts';

export { resetPlayground } from './playground-folder.ts';

interface PlaygroundOptions extends PlaygroundFolder {
  /** On 127.0.0.1; 0 takes any free one. */
  readonly port: number;
  /** Breaks the start off; a playground that has started is stopped by stop() alone. */
  readonly signal?: AbortSignal;
  /** Of the simulators; believable ones where absent. */
  readonly delays?: PlaygroundDelays;
  /** The folder with the files of the page; absent: there is no page. */
  readonly pageFolder?: string;
  /** The flags of the command line, by name, for /flagz. */
  readonly flags?: Readonly<Record<string, string>>;
}

/** A playground that answers requests. */
export interface RunningPlayground {
  readonly url: string;
  /** Absolute path of the kubeconfig that reaches it as administrator. */
  readonly kubeconfig: string;
  /** Likewise, as a user who may look at everything but secrets. */
  readonly viewerKubeconfig: string;
  /** Addresses of the page, with keys that hold until it stops; absent: there is no page. */
  readonly pages?: { readonly admin: string; readonly viewer: string };
  /** Rejects, after all was stopped, where another process has taken the data; never settles otherwise. */
  readonly lost: Promise<never>;
  /** Finishes what runs, closes the store. @throws what went wrong on the way, after all else was stopped */
  stop(): Promise<void>;
}

/** Milliseconds for what is running when the server is asked to stop. */
const graceMs = 2_000;

/**
 * Starts everything; resolves once the server is ready.
 * @throws ConfigurationError where the folder or the port cannot be had; nothing is left running
 * @throws the signal's reason where it aborts before the server is ready; nothing is left running
 */
export function startPlayground(options: PlaygroundOptions): Promise<RunningPlayground> {
  return startAll(options.logger, (started) => start(options, started));
}

async function start(options: PlaygroundOptions, started: Started): Promise<RunningPlayground> {
  const { port, logger, signal, delays = believableDelays } = options;
  const root = resolve(options.directory);
  const metrics = createMetrics({ process: true });
  const store = await enterStore(await openPlaygroundFolder(root, { logger, metrics }), logger);
  started.add(() => store.close());
  signal?.throwIfAborted();
  const pki = await inFolder(root, configured(ensurePki(join(root, 'pki'), systemClock, logger)));
  const listening = later<number>('the port');
  const given = {
    ...{ store, clock: systemClock, metrics, systemNamespace: playgroundNamespace },
    leadership: createSoleLeadership({ holder: processIdentity(), clock: systemClock, logger }),
    // The terminal is for what happens in the cluster, and for what goes wrong.
    logger: quieter(logger),
    ...(options.flags === undefined ? {} : { flags: options.flags }),
  };
  const page = options.pageFolder === undefined ? undefined : await openPage(options.pageFolder);
  const mode = {
    ...(page === undefined ? {} : { page }),
    ...{ clock: systemClock, logger, metrics, authorities: pki.ca, delays, port: listening.get },
  };
  const composition = compose(given, (parts) => createPlaygroundMode(mode, parts));
  // Nothing that runs is worth waiting for where the data are another's.
  started.add(() => composition.stop(store.lost.aborted ? 0 : graceMs).finally(() => started.abort()));
  const credentials = { key: pki.server.key, cert: pki.server.certificate, clientCa: pki.ca };
  const address = { host: loopback, port };
  const bound = await havingAddress(address, composition.listen({ ...address, credentials }));
  signal?.throwIfAborted();
  listening.set(bound.port);
  await composition.start(started.signal);
  collectGarbage();
  const url = `https://${loopback}:${bound.port}`;
  const kubeconfig = join(root, 'kubeconfig');
  const viewerKubeconfig = join(root, 'kubeconfig-viewer');
  await inFolder(root, writeKubeconfig(kubeconfig, { server: url, ca: pki.ca, client: pki.client }));
  await inFolder(root, writeKubeconfig(viewerKubeconfig, { server: url, ca: pki.ca, client: pki.viewer }));
  signal?.throwIfAborted();
  const lost = untilLost([store.lost, composition.failed], () => started.stop());
  const pages = page?.addresses(url);
  return {
    ...(pages === undefined ? {} : { pages }),
    url,
    kubeconfig,
    viewerKubeconfig,
    lost,
    stop: () => started.stop(),
  };
}

/** @throws ConfigurationError in the place of a damaged CA */
async function configured<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof DamagedAuthorityError)) throw error;
    throw new ConfigurationError(error.message, { cause: error });
  }
}
