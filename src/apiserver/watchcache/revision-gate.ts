/** The revision that a set of caches shows, and the callers that wait for a revision. */
import { serviceUnavailable } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Revision } from '../../storage/contract.ts';
import { tooLargeRevision } from './errors.ts';

interface Waiter {
  readonly revision: Revision;
  readonly settle: (error?: Error) => void;
}

/** How long callers wait, as in kube-apiserver's watch cache (k8s.io/apiserver/pkg/storage/cacher blockTimeout). */
const patienceMs = 3_000;

/** Lets callers wait until the caches show a revision. */
export class RevisionGate {
  readonly #clock: Clock;
  /** Sorted by revision; usually appended in that order. */
  readonly #waiters: Waiter[] = [];
  #revision: Revision = 0;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get revision(): Revision {
    return this.#revision;
  }

  /** An older revision changes nothing: the revision never decreases. */
  advance(revision: Revision): void {
    if (revision <= this.#revision) return;
    this.#revision = revision;
    let due = 0;
    while ((this.#waiters[due]?.revision ?? Infinity) <= revision) due += 1;
    for (const waiter of this.#waiters.splice(0, due)) waiter.settle();
  }

  /** @throws StatusError 504 after three seconds, 503 once closed */
  async waitFor(revision: Revision): Promise<void> {
    if (revision <= this.#revision) return;
    if (this.#closed) throw serviceUnavailable('the server is stopping');
    await new Promise<void>((resolve, reject) => {
      const cancel = this.#clock.after(patienceMs, () => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(tooLargeRevision(revision, this.#revision));
      });
      const waiter: Waiter = {
        revision,
        settle: (error) => {
          cancel();
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      this.#insert(waiter);
    });
  }

  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiters.splice(0)) waiter.settle(serviceUnavailable('the server is stopping'));
  }

  #insert(waiter: Waiter): void {
    let at = this.#waiters.length;
    while ((this.#waiters[at - 1]?.revision ?? 0) > waiter.revision) at -= 1;
    this.#waiters.splice(at, 0, waiter);
  }
}
