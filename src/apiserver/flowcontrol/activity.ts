/** Whether requests are being answered, for work that leaves the server to them. */
import type { Clock } from '../../runtime/clock.ts';
import type { RequestKind } from './in-flight.ts';

/** How long ago the last requests were answered, in milliseconds; 0 while one is being answered. */
export interface Activity {
  /** Of all but long-running requests. */
  sinceRequest(): number;
  /** Of those that write. */
  sinceWrite(): number;
}

/** Follows the requests of one server. */
export class RequestActivity implements Activity {
  readonly #requests: Counter;
  readonly #writes: Counter;

  constructor(clock: Clock) {
    this.#requests = new Counter(clock);
    this.#writes = new Counter(clock);
  }

  /** A request begins. Returns the function to call once when it ends. */
  begin(kind: RequestKind): () => void {
    if (kind === 'longRunning') return () => undefined;
    const counters = kind === 'mutating' ? [this.#requests, this.#writes] : [this.#requests];
    for (const counter of counters) counter.begin();
    return () => {
      for (const counter of counters) counter.end();
    };
  }

  sinceRequest(): number {
    return this.#requests.since();
  }

  sinceWrite(): number {
    return this.#writes.since();
  }
}

class Counter {
  readonly #clock: Clock;
  #running = 0;
  #last = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(): void {
    this.#running++;
  }

  end(): void {
    this.#running--;
    this.#last = this.#clock.monotonic();
  }

  since(): number {
    return this.#running > 0 ? 0 : this.#clock.monotonic() - this.#last;
  }
}
