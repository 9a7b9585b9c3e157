import { createBackoff } from '../../runtime/backoff.ts';
import { checkKey, ownCommit } from '../check-commit.ts';
import {
  CompactedError,
  StorageClosedError,
  StorageLostError,
  type Commit,
  type CommitRequest,
  type Entry,
  type ListOptions,
  type Page,
  type Progress,
  type Revision,
  type StorageUnavailableError,
  type Store,
} from '../contract.ts';
import type { Authenticator } from './authenticator.ts';
import { Barrier } from './barrier.ts';
import { RefusedError, type Caller } from './caller.ts';
import type { Compactor } from './compaction.ts';
import { finalError, isServiceError, isStaleToken, reasonOf, verdictOf } from './errors.ts';
import type { EtcdMetrics } from './etcd-metrics.ts';
import { Health } from './health.ts';
import type { Keys } from './keys.ts';
import { entryOf, Lister } from './listing.ts';
import type { Members } from './members.ts';
import type { EtcdOptions, EtcdPace } from './options.ts';
import { replaced, type Origin } from './origin.ts';
import { etcd } from './proto.ts';
import { outcomeOf, transactionOf } from './transaction.ts';
import { EtcdWatch } from './watch.ts';
import { WatchAssembler } from './watch-assembler.ts';
import { WatchStream } from './watch-stream.ts';

interface StoreParts extends Pick<EtcdOptions, 'clock' | 'random' | 'logger'> {
  readonly pace: EtcdPace;
  readonly keys: Keys;
  readonly origin: Origin;
  readonly members: Members;
  readonly authenticator: Authenticator;
  readonly caller: Caller;
  readonly compactor: Compactor;
  readonly metrics: EtcdMetrics;
}

/** The contract on calls of etcd. */
export class EtcdStore implements Store {
  readonly #parts: StoreParts;
  readonly #lister: Lister;
  readonly #health: Health;
  readonly #barrier: Barrier;
  readonly #watches = new Set<EtcdWatch>();
  /** The newest revision that a barrier gave; also watches that are opened later are to get there. */
  #passed: Revision = 0;
  readonly #writing = new Set<Promise<unknown>>();
  /** Aborts when the store closes. */
  readonly #over = new AbortController();
  readonly #background: Promise<unknown>[] = [];
  #closing: Promise<void> | undefined;
  readonly #lost = new AbortController();
  readonly lost = this.#lost.signal;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    const { caller, keys, clock, logger, pace } = parts;
    this.#lister = new Lister({ caller, keys, partMs: pace.partMs });
    this.#barrier = new Barrier(() => this.#pass());
    this.#health = new Health({
      ...{ clock, logger, everyMs: pace.probeMs },
      read: () => this.#translated(() => this.#newest('probe'), 0),
      write: () => this.#translated(() => this.#writeNothing(), 0),
    });
  }

  /** Runs what goes on beside the calls, until the store closes. */
  start(...others: readonly ((signal: AbortSignal) => Promise<unknown>)[]): void {
    const { signal } = this.#over;
    this.#parts.members.whenNone = () => {
      this.#health.doubt();
    };
    this.#background.push(this.#health.probe(signal), ...others.map((run) => run(signal)));
  }

  get unavailable(): StorageUnavailableError | undefined {
    return this.#health.unavailable;
  }

  async commit(asked: CommitRequest): Promise<Revision> {
    this.#checkOpen();
    const { keys, caller, origin } = this.#parts;
    const request = ownCommit(asked);
    const transaction = transactionOf(keys, origin, request);
    const bytes = request.writes.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    const writing = this.#learn('write', bytes, async () =>
      outcomeOf(keys, origin, request, await caller.unary(etcd.txn, transaction, { operation: 'commit', once: true })),
    );
    this.#writing.add(writing);
    try {
      return await writing;
    } finally {
      this.#writing.delete(writing);
    }
  }

  async read(key: string): Promise<Entry | undefined> {
    this.#checkOpen();
    const { keys, caller } = this.#parts;
    checkKey(key);
    const request = { key: keys.inEtcd(key) };
    const { kvs } = await this.#learn('read', 0, () => caller.unary(etcd.range, request, { operation: 'read' }));
    return kvs[0] && entryOf(keys, kvs[0]);
  }

  list(prefix: string, options: ListOptions = {}): Promise<Page> {
    return this.#learn('read', 0, async () => {
      this.#checkOpen();
      if (options.at === undefined || options.continue !== undefined) return this.#lister.page(prefix, options);
      try {
        const { compactor, origin } = this.#parts;
        return await this.#lister.page(prefix, options, Math.max(await compactor.oldest(), origin.revision));
      } catch (error) {
        // Somebody else has compacted further.
        if (!(error instanceof CompactedError)) throw error;
        return this.#lister.page(prefix, options);
      }
    });
  }

  watch(after: Revision, signal: AbortSignal): AsyncIterable<Commit | Progress> {
    this.#checkOpen();
    const first = this.#parts.origin.revision;
    if (after < first) return compacted(after, first);
    return { [Symbol.asyncIterator]: () => this.#watch(after, signal) };
  }

  async barrier(): Promise<Revision> {
    this.#checkOpen();
    return this.#barrier.pass();
  }

  close(): Promise<void> {
    this.#closing ??= this.#release();
    return this.#closing;
  }

  /** Watches go on over new connections. */
  reconnectWatches(): void {
    for (const watch of this.#watches) watch.reconnect();
  }

  async #pass(): Promise<Revision> {
    const revision = await this.#learn('read', 0, () => this.#newest('barrier'));
    this.#passed = Math.max(this.#passed, revision);
    for (const watch of this.#watches) watch.expect(revision);
    return revision;
  }

  async #newest(operation: string): Promise<Revision> {
    const { caller, keys, origin } = this.#parts;
    const { header, kvs } = await caller.unary(etcd.range, { key: keys.origin, keysOnly: true }, { operation });
    if ((kvs[0]?.modRevision ?? 0) !== origin.revision) throw replaced(keys);
    return header?.revision ?? 0;
  }

  async #writeNothing(): Promise<void> {
    const { caller, keys } = this.#parts;
    const put = { key: keys.health, value: Buffer.from('well') };
    await caller.unary(etcd.txn, { success: [{ put }] }, { operation: 'probe', once: true });
  }

  #watch(after: Revision, signal: AbortSignal): EtcdWatch {
    const { keys, clock, logger, random, pace } = this.#parts;
    return new EtcdWatch({
      assembler: new WatchAssembler(keys, after),
      ...{ signal, clock, logger, pace: pace.progress },
      backoff: createBackoff({ baseDelayMs: pace.againMs, maxDelayMs: pace.recheckMs[1], random }),
      open: (start) => this.#openStream(start),
      broke: (stream, error) => {
        this.#broke(stream, error);
      },
      silent: ({ endpoint }) => {
        this.#parts.members.suspect(endpoint, 'a watch got no answer');
      },
      lost: (error) => {
        this.#lose(error);
      },
      opened: (watch) => {
        if (this.#over.signal.aborted) watch.end();
        else this.#watches.add(watch);
        watch.expect(this.#passed);
      },
      ended: (watch) => void this.#watches.delete(watch),
    });
  }

  async #openStream(start: Revision): Promise<WatchStream> {
    const { members, authenticator, keys, pace } = this.#parts;
    const endpoint = await members.usable(new Set(), pace.noMemberMs);
    return new WatchStream(endpoint, await authenticator.metadata(endpoint), keys.watched, start);
  }

  #broke(stream: WatchStream | undefined, error: unknown): void {
    const { metrics, members, authenticator } = this.#parts;
    metrics.watchRestart();
    if (stream === undefined || stream.cancelled) return;
    if (isStaleToken(error)) authenticator.refused(stream.metadata);
    else if (isServiceError(error) && verdictOf(error) !== 'final') members.suspect(stream.endpoint, reasonOf(error));
  }

  #learn<T>(kind: 'read' | 'write', bytes: number, call: () => Promise<T>): Promise<T> {
    return this.#health.learn(kind, () => this.#translated(call, bytes));
  }

  /** Rejects with errors of the contract only. */
  async #translated<T>(call: () => Promise<T>, bytes: number): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (this.#parts.members.closed) throw new StorageClosedError();
      if (error instanceof StorageLostError) this.#lose(error);
      throw error instanceof RefusedError ? finalError(error.cause, bytes) : error;
    }
  }

  #lose(error: StorageLostError): void {
    if (!this.lost.aborted) this.#lost.abort(error);
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new StorageClosedError();
  }

  async #release(): Promise<void> {
    this.#over.abort();
    for (const watch of this.#watches) watch.end();
    await Promise.allSettled(this.#writing);
    this.#parts.members.close();
    await Promise.allSettled(this.#background);
  }
}

function compacted(asked: Revision, first: Revision): AsyncIterable<Commit | Progress> {
  const next = (): Promise<never> => Promise.reject(new CompactedError(asked, first));
  return { [Symbol.asyncIterator]: () => ({ next }) };
}
