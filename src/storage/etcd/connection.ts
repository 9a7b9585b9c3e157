import { Authenticator } from './authenticator.ts';
import { Caller, RefusedError } from './caller.ts';
import { readTls, type TlsTexts } from './credentials.ts';
import { finalError } from './errors.ts';
import { etcdMetrics, type EtcdMetrics } from './etcd-metrics.ts';
import { Keys } from './keys.ts';
import { Members } from './members.ts';
import { checkPrefix, defaultPace, endpointUrls, type EtcdOptions, type EtcdPace } from './options.ts';

/** What calls of etcd are made with. Its members are to be closed. */
interface Connection {
  readonly pace: EtcdPace;
  readonly keys: Keys;
  readonly tls: TlsTexts;
  readonly authenticator: Authenticator;
  readonly members: Members;
  readonly metrics: EtcdMetrics;
  readonly caller: Caller;
}

/**
 * Waits a while for a member that can be used.
 * @param begin the first calls; if they fail, all is closed again
 * @throws EtcdOptionsError for endpoints, a prefix or certificates that cannot be used
 * @throws StorageUnavailableError if no member can be used, or the user has no rights
 * @throws the signal's reason
 */
export async function connect<T>(
  options: EtcdOptions,
  begin: (connection: Connection) => Promise<T>,
): Promise<Connection & T> {
  const { clock, random, logger, signal } = options;
  const pace = { ...defaultPace, ...options.pace };
  const urls = endpointUrls(options.endpoints);
  const keys = new Keys(checkPrefix(options.prefix ?? '/kubedirector'));
  const tls = await readTls(options.tls ?? {});
  const authenticator = new Authenticator(options.user);
  const members = new Members({ urls, tls, authenticator, clock, random, logger, pace });
  const metrics = etcdMetrics(options.metrics, { members: () => members.states });
  const caller = new Caller({ members, authenticator, clock, random, metrics, pace });
  const connection = { pace, keys, tls, authenticator, members, metrics, caller };
  const breakOff = (): void => {
    members.close();
  };
  signal?.throwIfAborted();
  signal?.addEventListener('abort', breakOff);
  try {
    await members.usable(new Set(), pace.startMs);
    return { ...connection, ...(await begin(connection)) };
  } catch (error) {
    members.close();
    signal?.throwIfAborted();
    throw error instanceof RefusedError ? finalError(error.cause, 0) : error;
  } finally {
    signal?.removeEventListener('abort', breakOff);
  }
}
