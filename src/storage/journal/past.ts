import { compareUtf8 } from '../../meta/utf8-order.ts';
import type { Entry, Revision } from '../contract.ts';
import type { History } from './history.ts';

/** What the keys held, at a revision, that have changed since. */
export interface Past {
  /** By key; undefined: it was absent. */
  readonly held: ReadonlyMap<string, Entry | undefined>;
  /** The same keys, in order. */
  readonly keys: readonly string[];
}

const nothing: Past = { held: new Map(), keys: [] };

/** Looks back into a history. What it has found is kept until the next change: the pages of a list ask for the same. */
export class PastStates {
  readonly #history: History;
  #known: { readonly revision: Revision; readonly now: Revision; readonly past: Past } | undefined;

  constructor(history: History) {
    this.#history = history;
  }

  /** @param revision not before the floor of the history */
  at(revision: Revision): Past {
    const now = this.#history.newest;
    if (revision >= now) return nothing;
    if (this.#known?.revision === revision && this.#known.now === now) return this.#known.past;
    const held = new Map<string, Entry | undefined>();
    for (let newer = now; newer > revision; newer--) {
      for (const { key, previous } of this.#history.commit(newer)?.changes ?? []) held.set(key, previous);
    }
    const past = { held, keys: [...held.keys()].sort(compareUtf8) };
    this.#known = { revision, now, past };
    return past;
  }

  forget(): void {
    this.#known = undefined;
  }
}
