/**
 * One attempt after the other to take a Lease, or to keep it. Source: client-go tools/leaderelection (tryAcquireOrRenew,
 * release)
 */
import type { Lease } from '../../../apis/kubernetes/types.ts';
import { isReason } from '../../../meta/status.ts';
import type { NamespacedName, Stored } from '../../../meta/object.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { NamedReader, Writer } from '../../contract.ts';
import { formatRecord, readRecord, type ElectionRecord } from './record.ts';

/** Leases, one by one. */
export type LeaseClient = NamedReader<Lease> & Pick<Writer<Lease>, 'create' | 'update'>;

interface LeaseLockOptions {
  readonly leases: LeaseClient;
  readonly target: NamespacedName;
  /** Of this process; no other one ever has it. */
  readonly identity: string;
  /** Milliseconds, of whole seconds. */
  readonly durationMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** An optimistic renewal has failed, and the Lease is read. */
  readonly onSlowPath: () => void;
}

/** What came of an attempt. `held`: since when, on this process's monotonic clock, nobody else can have taken it. */
type Attempt = { readonly type: 'held'; readonly since: number } | { readonly type: 'failed' | 'foreign' };

interface Observed {
  readonly lease: Stored<Lease>;
  readonly record: ElectionRecord;
  /** When it was first seen like this, on this process's monotonic clock. */
  readonly at: number;
}

/**
 * Takes and keeps a Lease by compare-and-swap. Whether the Lease of somebody else has run out is judged by how long it
 * has not changed before the eyes of this process; the times in it are never compared.
 */
export class LeaseLock {
  readonly #options: LeaseLockOptions;
  #observed: Observed | undefined;

  constructor(options: LeaseLockOptions) {
    this.#options = options;
  }

  /** The Lease as it was last seen; undefined before. */
  get lease(): Stored<Lease> | undefined {
    return this.#observed?.lease;
  }

  /** Who holds it, as far as is known; '' if nobody does. */
  get holder(): string {
    return this.#observed?.record.holder ?? '';
  }

  /** Milliseconds until it may be taken, unless it is renewed before. */
  get restMs(): number {
    const { clock } = this.#options;
    if (this.#observed === undefined || this.holder === '') return 0;
    const { at, record } = this.#observed;
    return Math.max(0, at + record.durationMs - clock.monotonic());
  }

  /** Takes note of the Lease as a read or a watch shows it. */
  observe(lease: Stored<Lease>): void {
    const before = this.#observed;
    const isSame = before !== undefined && JSON.stringify(before.lease.spec) === JSON.stringify(lease.spec);
    const at = isSame ? before.at : this.#options.clock.monotonic();
    this.#observed = { lease, record: readRecord(lease), at };
  }

  /** Takes the Lease if it is free or has run out, or renews it. What goes wrong is logged. */
  async attempt(): Promise<Attempt> {
    const { clock, logger, leases, target, identity } = this.#options;
    const since = clock.monotonic();
    if (this.holder === identity && this.restMs > 0 && (await this.#renew())) return { type: 'held', since };
    try {
      const found = await leases.read(target);
      if (found !== undefined) this.observe(found);
      // Also a Lease that was deleted: its holder does not know that yet, and makes it again.
      if (this.holder !== '' && this.holder !== identity && this.restMs > 0) return { type: 'foreign' };
      // Whatever happens between this moment and the write makes the write fail.
      const written = clock.monotonic();
      await (found === undefined ? this.#create() : this.#update(found));
      return { type: 'held', since: written };
    } catch (error) {
      const isRace = isReason(error, 'Conflict') || isReason(error, 'AlreadyExists');
      logger[isRace ? 'debug' : 'warn']({ error, ...this.#named() }, 'the Lease could not be taken or renewed');
      return { type: 'failed' };
    }
  }

  /** Lets the Lease go, so that another process can take it at once. @throws StatusError */
  async release(signal: AbortSignal): Promise<void> {
    const { leases, target, identity, clock } = this.#options;
    while (!signal.aborted) {
      const found = await leases.read(target);
      if (found === undefined) return;
      this.observe(found);
      if (this.holder !== identity) return;
      const { transitions } = readRecord(found);
      const record = { holder: '', durationMs: 1000, acquireTime: undefined, transitions };
      try {
        this.observe(await leases.update({ ...found, spec: formatRecord(record, clock.now()) }));
        return;
      } catch (error) {
        // A renewal that was under way.
        if (!isReason(error, 'Conflict')) throw error;
      }
    }
  }

  async #renew(): Promise<boolean> {
    const { logger, onSlowPath } = this.#options;
    if (this.#observed === undefined) return false;
    try {
      await this.#update(this.#observed.lease);
      return true;
    } catch (error) {
      onSlowPath();
      logger.debug({ error, ...this.#named() }, 'the Lease could not be renewed at once: it is read first');
      return false;
    }
  }

  async #create(): Promise<void> {
    const { leases, target, identity, durationMs, clock } = this.#options;
    const record = { holder: identity, durationMs, acquireTime: undefined, transitions: 0 };
    const spec = formatRecord(record, clock.now());
    this.observe(
      await leases.create({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { ...target }, spec }),
    );
  }

  async #update(lease: Stored<Lease>): Promise<void> {
    const { leases, identity, durationMs, clock } = this.#options;
    const { holder, acquireTime, transitions } = readRecord(lease);
    const isOwn = holder === identity;
    const record = {
      ...{ holder: identity, durationMs },
      acquireTime: isOwn ? acquireTime : undefined,
      transitions: isOwn ? transitions : transitions + 1,
    };
    this.observe(await leases.update({ ...lease, spec: formatRecord(record, clock.now()) }));
  }

  #named(): object {
    const { namespace, name } = this.#options.target;
    return { lease: `${namespace}/${name}` };
  }
}
