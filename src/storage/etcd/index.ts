import { maxObjectBytes } from '../../meta/limits.ts';
import { StorageUnavailableError, type Store } from '../contract.ts';
import { Compactor } from './compaction.ts';
import { connect } from './connection.ts';
import { followTls } from './credentials.ts';
import { probeLimit } from './limit-probe.ts';
import type { Members } from './members.ts';
import type { EtcdOptions } from './options.ts';
import { readOrigin } from './origin.ts';
import { RebasedStore } from './rebased-store.ts';
import { EtcdStore } from './store.ts';

export { EtcdOptionsError } from './errors.ts';
export { EtcdOccupiedError, fillEtcd } from './fill.ts';
export type { EtcdOptions } from './options.ts';

/** What a commit holds beside an object is small. */
const largestCommitBytes = maxObjectBytes + (64 << 10);
const compactEveryMs = 300_000;

/**
 * Opens the store in an etcd cluster, which other processes may use at the same time. Waits a while for the cluster.
 * @throws EtcdOptionsError for endpoints, a prefix or certificates that cannot be used
 * @throws StorageUnavailableError if no member can be used, the user has no rights, or the objects are being replaced
 * @throws the signal's reason
 */
export async function openEtcdStore(options: EtcdOptions): Promise<Store> {
  const { clock, random, logger, tls: files = {} } = options;
  const connection = await connect(options, async ({ caller, keys }) => {
    const origin = await readOrigin(caller, keys);
    if (origin.state !== 'ready') throw notWhole(keys.origin.toString());
    await probeLimit(caller, options.largestCommitBytes ?? largestCommitBytes, logger);
    return { origin };
  });
  const { pace, keys, members, authenticator, caller, metrics, tls, origin } = connection;
  const everyMs = options.compactEveryMs ?? compactEveryMs;
  const compactor = new Compactor({ caller, keys, clock, logger, metrics, everyMs });
  const store = new EtcdStore({
    ...{ clock, random, logger, pace, keys, members, authenticator, caller, compactor, metrics, origin },
  });
  const changed = (texts: Parameters<Members['replaceTls']>[0]): void => {
    members.replaceTls(texts);
    store.reconnectWatches();
  };
  store.start(
    (signal) => followTls({ files, clock, logger, everyMs: pace.tlsMs, changed }, tls, signal),
    (signal) => (everyMs > 0 ? compactor.run(signal) : Promise.resolve()),
  );
  return origin.offset === 0 ? store : new RebasedStore(store, origin.offset);
}

function notWhole(origin: string): StorageUnavailableError {
  return new StorageUnavailableError(
    `the data in etcd are not whole (${origin}): a restore or a copy is writing them, or was cut short. Let it end, or ` +
      'run it again',
  );
}
