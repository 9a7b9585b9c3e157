/** Which of the store's revisions a computed view shows, and when it goes on to the next. */
import { serviceUnavailable } from '../../meta/status.ts';
import type { Revision } from '../../storage/contract.ts';
import type { ResourceCache } from './contract.ts';

type Upstream = Pick<ResourceCache, 'revision' | 'current' | 'waitFor' | 'advance'>;

export class ViewRevision {
  readonly #upstream: readonly Upstream[];
  readonly #show: (revision: Revision) => boolean;
  #newest: Revision = 0;
  #wanted: Revision = 0;
  #oldest: Revision | undefined;
  #settling: Promise<void> | undefined;

  /**
   * @param show shows what has been fed, at this revision; false where that takes a later revision. Called with nothing
   *        to show, it returns true
   */
  constructor(upstream: readonly Upstream[], show: (revision: Revision) => boolean) {
    this.#upstream = upstream;
    this.#show = show;
  }

  /** What is shown now: all that came of changes up to it has been fed. Falling behind is made up for soon. */
  revision(): Revision {
    if (this.#reached() > this.#newest) this.#settleSoon();
    return this.#newest;
  }

  get newest(): Revision {
    return this.#newest;
  }

  /** No other process can have given out this revision, nor any above it. */
  get oldest(): Revision {
    return this.#oldest ?? 0;
  }

  /** Something was fed that came of this upstream revision. */
  follow(revision: Revision): void {
    this.#wanted = Math.max(this.#wanted, revision);
    this.#settleSoon();
  }

  /** @returns the revision at which the view begins */
  begin(): Revision {
    this.#newest = this.#reached();
    this.#oldest = this.#newest + 1;
    this.#settleSoon();
    return this.#newest;
  }

  async current(): Promise<Revision> {
    for (const cache of this.#upstream) await cache.current();
    await this.#until(this.#reached());
    // What came of other causes than a write to the store has no revision that could be waited for.
    await this.#settle();
    return this.#newest;
  }

  async waitFor(revision: Revision): Promise<void> {
    if (revision <= this.#newest) return;
    for (const cache of this.#upstream) await cache.waitFor(revision);
    await this.#until(revision);
  }

  /** @throws the store's error */
  async advance(): Promise<Revision> {
    const [first] = this.#upstream;
    if (first === undefined) throw new Error('a view of nothing has no revision to go on to');
    return first.advance();
  }

  async #until(revision: Revision): Promise<void> {
    if (this.#oldest === undefined) throw serviceUnavailable('the view has not been computed yet');
    while (this.#newest < revision) await this.#settle();
  }

  #reached(): Revision {
    return this.#upstream.reduce((newest, cache) => Math.max(newest, cache.revision()), this.#wanted);
  }

  #settleSoon(): void {
    // Who waits for it is told of the store's failure; all others see the last state until it works again.
    if (this.#oldest !== undefined) this.#settle().catch(() => undefined);
  }

  #settle(): Promise<void> {
    this.#settling ??= this.#run().finally(() => {
      this.#settling = undefined;
    });
    return this.#settling;
  }

  async #run(): Promise<void> {
    for (;;) {
      const reached = this.#reached();
      await fed();
      if (reached >= this.oldest && this.#show(reached)) {
        this.#newest = reached;
        return;
      }
      if (this.#reached() === reached) await this.advance();
    }
  }
}

/** Upstream's watches were woken before this is resumed: they were in the queue of immediates first. */
function fed(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
