import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { pause } from '../../runtime/time-limit.ts';
import type { Revision } from '../contract.ts';
import { RefusedError, type Caller } from './caller.ts';
import { isCompacted, isPermissionDenied } from './errors.ts';
import type { EtcdMetrics } from './etcd-metrics.ts';
import type { Keys } from './keys.ts';
import { compareTarget, etcd, type KeyValue } from './proto.ts';

interface CompactorOptions {
  readonly caller: Caller;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: EtcdMetrics;
  /** Milliseconds; the history of one to two intervals is kept. */
  readonly everyMs: number;
}

const operation = 'compact';
/** Whoever starts from an old state reads all commits since then. */
const oldRevisions = 10_000;

/**
 * Removes history that nobody needs any more. All replicas try; the version of one key counts the rounds, and only who
 * raises it in a round compacts. Source of the protocol: k8s.io/apiserver pkg/storage/etcd3/compact.go
 */
export class Compactor {
  readonly #options: CompactorOptions;
  /** The version that the key should have. */
  #round = 0;
  /** The newest revision of one interval ago; 0: not known yet. */
  #seen: Revision = 0;
  #mayNot = false;

  constructor(options: CompactorOptions) {
    this.#options = options;
  }

  /** Works until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, everyMs, logger, metrics } = this.#options;
    for (;;) {
      await pause(clock, everyMs, signal);
      if (signal.aborted) return;
      try {
        if (await this.#oneRound()) metrics.compaction('success');
      } catch (error) {
        metrics.compaction('failure');
        this.#report(error, logger);
      }
    }
  }

  /**
   * An old state after which every commit is known, unless somebody else has compacted; not older than so many revisions.
   * @throws StorageUnavailableError
   */
  async oldest(): Promise<Revision> {
    const { caller, keys } = this.#options;
    const { header, kvs } = await caller.unary(etcd.range, { key: keys.compaction }, { operation });
    return Math.max(revisionIn(kvs[0]), (header?.revision ?? 0) - oldRevisions, 1);
  }

  /** True if this replica compacted. */
  async #oneRound(): Promise<boolean> {
    const { caller, keys } = this.#options;
    const key = keys.compaction;
    const { header, succeeded, responses } = await caller.unary(
      etcd.txn,
      {
        compare: [{ target: compareTarget.version, key, version: this.#round }],
        success: [{ put: { key, value: Buffer.from(String(this.#seen)) } }],
        failure: [{ range: { key } }],
      },
      { operation, once: true },
    );
    const upTo = this.#seen;
    this.#seen = header?.revision ?? 0;
    if (!succeeded) {
      this.#round = responses[0]?.range?.kvs[0]?.version ?? 0;
      return false;
    }
    this.#round += 1;
    if (upTo === 0) return false;
    await this.#compact(upTo);
    return true;
  }

  async #compact(revision: Revision): Promise<void> {
    try {
      await this.#options.caller.unary(etcd.compact, { revision }, { operation });
    } catch (error) {
      // Somebody else, kube-apiserver for one, was quicker.
      if (!(error instanceof RefusedError) || !isCompacted(error.cause)) throw error;
    }
  }

  #report(error: unknown, logger: Logger): void {
    if (!(error instanceof RefusedError) || !isPermissionDenied(error.cause)) {
      logger.warn({ error }, 'the history in etcd could not be compacted; it is tried again');
      return;
    }
    if (this.#mayNot) return;
    this.#mayNot = true;
    const message =
      'the user has no right to compact etcd: give it the role root, or let etcd do it (--auto-compaction-retention)';
    logger.warn({ error }, message);
  }
}

function revisionIn(entry: KeyValue | undefined): Revision {
  const revision = Number(entry?.value.toString());
  return Number.isSafeInteger(revision) ? revision : 0;
}
