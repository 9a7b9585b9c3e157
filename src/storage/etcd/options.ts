import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { EtcdUser } from './authenticator.ts';
import type { CallPace } from './caller.ts';
import type { EtcdTls } from './credentials.ts';
import { EtcdOptionsError } from './errors.ts';
import type { MemberPace } from './members.ts';
import type { ProgressPace } from './progress-asker.ts';

/** Which etcd, how it is reached, and what it is told. */
export interface EtcdOptions {
  /** Of the members, such as https://etcd-0:2379; at least one. */
  readonly endpoints: readonly string[];
  /** Stands before all keys: begins with a slash, does not end with one. Default /kubedirector. */
  readonly prefix?: string;
  /** Files with certificates; read again when they change. */
  readonly tls?: EtcdTls;
  readonly user?: EtcdUser;
  /** Milliseconds between compactions; 0: none, somebody else does it. Default 5 minutes. */
  readonly compactEveryMs?: number;
  /** The largest commit that will be asked for; a lower limit of etcd is warned of. Default: the largest object with what goes with it. */
  readonly largestCommitBytes?: number;
  /** Breaks the opening off. */
  readonly signal?: AbortSignal;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  /** For tests: other times. */
  readonly pace?: Partial<EtcdPace>;
}

/** All times of the engine, in milliseconds. */
export interface EtcdPace extends MemberPace, CallPace {
  /** For a member to be found at the start. */
  readonly startMs: number;
  /** For each part of a list. */
  readonly partMs: number;
  readonly progress: ProgressPace;
  /** Between probes, while etcd answers and while it does not. */
  readonly probeMs: { readonly well: number; readonly unavailable: number };
  /** Between reads of the certificates. */
  readonly tlsMs: number;
}

/** What is not said otherwise. */
export const defaultPace: EtcdPace = {
  silentMs: 2_000,
  connectMs: 5_000,
  checkMs: 3_000,
  recheckMs: [200, 5_000],
  // Longer than etcd's own limit for a request, 5 s and two elections: its answer says more.
  requestMs: 10_000,
  noMemberMs: 3_000,
  againMs: 100,
  startMs: 20_000,
  partMs: 30_000,
  progress: { waitingMs: 100, idleMs: 10_000, silentMs: 5_000 },
  probeMs: { well: 5_000, unavailable: 1_000 },
  tlsMs: 10_000,
};

/** @throws EtcdOptionsError naming what is no address of a member */
export function endpointUrls(endpoints: readonly string[]): URL[] {
  if (endpoints.length === 0) throw new EtcdOptionsError('no etcd endpoint is given');
  return endpoints.map((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isAddress = /^https?:$/.test(url?.protocol ?? '') && url?.hostname !== '' && url?.pathname === '/';
    if (url === undefined || !isAddress) {
      throw new EtcdOptionsError(`${JSON.stringify(text)} is no etcd endpoint: use http(s)://HOST:PORT`);
    }
    return url;
  });
}

/** @throws EtcdOptionsError for a prefix that does not fit */
export function checkPrefix(prefix: string): string {
  if (/^(\/[^/\p{Cc}\p{Surrogate}]+)+$/u.test(prefix)) return prefix;
  throw new EtcdOptionsError(`${JSON.stringify(prefix)} is no prefix for etcd: use /NAME, without a slash at the end`);
}
