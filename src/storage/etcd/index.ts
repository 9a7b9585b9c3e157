import { maxObjectBytes } from '../../meta/limits.ts';
import type { Store } from '../contract.ts';
import { Authenticator } from './authenticator.ts';
import { Caller, RefusedError } from './caller.ts';
import { Compactor } from './compaction.ts';
import { followTls, readTls } from './credentials.ts';
import { finalError } from './errors.ts';
import { etcdMetrics } from './etcd-metrics.ts';
import { Keys } from './keys.ts';
import { probeLimit } from './limit-probe.ts';
import { Members } from './members.ts';
import { checkPrefix, defaultPace, endpointUrls, type EtcdOptions } from './options.ts';
import { etcd } from './proto.ts';
import { EtcdStore } from './store.ts';

export { EtcdOptionsError } from './errors.ts';
export type { EtcdOptions } from './options.ts';

/** What a commit holds beside an object is small. */
const largestCommitBytes = maxObjectBytes + (64 << 10);
const compactEveryMs = 300_000;

/**
 * Opens the store in an etcd cluster, which other processes may use at the same time. Waits a while for the cluster.
 * @throws EtcdOptionsError for endpoints, a prefix or certificates that cannot be used
 * @throws StorageUnavailableError if no member can be used, or the user has no rights
 * @throws the signal's reason
 */
export async function openEtcdStore(options: EtcdOptions): Promise<Store> {
  const { clock, random, logger, tls: files = {} } = options;
  const pace = { ...defaultPace, ...options.pace };
  const urls = endpointUrls(options.endpoints);
  const keys = new Keys(checkPrefix(options.prefix ?? '/kubedirector'));
  const tls = await readTls(files);
  const authenticator = new Authenticator(options.user);
  const members = new Members({ urls, tls, authenticator, clock, random, logger, pace });
  const metrics = etcdMetrics(options.metrics, { members: () => members.states });
  const caller = new Caller({ members, authenticator, clock, random, metrics, pace });
  const breakOff = (): void => {
    members.close();
  };
  options.signal?.throwIfAborted();
  options.signal?.addEventListener('abort', breakOff);
  try {
    await members.usable(new Set(), pace.startMs);
    await caller.unary(etcd.range, { key: keys.health }, { operation: 'probe', timeoutMs: pace.startMs });
    await probeLimit(caller, options.largestCommitBytes ?? largestCommitBytes, logger);
  } catch (error) {
    members.close();
    options.signal?.throwIfAborted();
    throw error instanceof RefusedError ? finalError(error.cause, 0) : error;
  } finally {
    options.signal?.removeEventListener('abort', breakOff);
  }
  const everyMs = options.compactEveryMs ?? compactEveryMs;
  const compactor = new Compactor({ caller, keys, clock, logger, metrics, everyMs });
  const store = new EtcdStore({
    ...{ clock, random, logger, pace, keys, members, authenticator, caller, compactor, metrics },
  });
  const changed = (texts: Parameters<Members['replaceTls']>[0]): void => {
    members.replaceTls(texts);
    store.reconnectWatches();
  };
  store.start(
    (signal) => followTls({ files, clock, logger, everyMs: pace.tlsMs, changed }, tls, signal),
    (signal) => (everyMs > 0 ? compactor.run(signal) : Promise.resolve()),
  );
  return store;
}
