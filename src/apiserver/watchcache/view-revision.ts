/** Decides which of the store's revisions a computed view shows, and when it moves to the next. */
import { serviceUnavailable } from '../../meta/status.ts';
import type { Revision } from '../../storage/contract.ts';
import type { ResourceCache } from './contract.ts';

type Upstream = Pick<ResourceCache, 'revision' | 'current' | 'waitFor' | 'advance'>;

/** The revision of one computed view. */
export class ViewRevision {
  readonly #upstream: readonly Upstream[];
  readonly #show: (revision: Revision) => boolean;
  #newest: Revision = 0;
  #wanted: Revision = 0;
  #oldest: Revision | undefined;
  #settling: Promise<void> | undefined;

  /**
   * @param show shows what has been fed, at this revision; returns false if it needs a later revision. With nothing to
   *        show it returns true
   */
  constructor(upstream: readonly Upstream[], show: (revision: Revision) => boolean) {
    this.#upstream = upstream;
    this.#show = show;
  }

  /**
   * The revision shown now: everything that follows from changes up to it has been fed. If it is behind upstream, it
   * catches up soon.
   */
  revision(): Revision {
    if (this.#reached() > this.#newest) this.#settleSoon();
    return this.#newest;
  }

  get newest(): Revision {
    return this.#newest;
  }

  /** No other process can have used this revision or a later one. */
  get oldest(): Revision {
    return this.#oldest ?? 0;
  }

  /** Something was fed that follows from this upstream revision. */
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
    // Changes that no write to the store caused have no revision to wait for.
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
    if (first === undefined) throw new Error('a view needs at least one upstream cache to advance');
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
    // Callers that wait get the store's error; all others see the last state until the store works again.
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

/** Resolves after the listeners of upstream's watches have run: their immediates were queued earlier. */
function fed(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
