/**
 * Writers that never stop, a watch beside them, and a check of what both saw: nothing that was acknowledged is missing,
 * nothing comes twice, out of order or in halves, and nothing appears that was refused.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  ConflictError,
  StorageUnavailableError,
  type Commit,
  type Revision,
  type Store,
} from '../../src/storage/contract.ts';

export class EtcdLoad {
  readonly #store: Store;
  readonly #pauseMs: number;
  readonly #abort = new AbortController();
  readonly #stopped = new AbortController();
  readonly #acknowledged = new Map<string, Revision>();
  readonly #unknown = new Set<string>();
  /** Commits of which the engine said that they did not happen. */
  readonly #refused = new Set<string>();
  readonly #problems: string[] = [];
  readonly #seen: Commit[] = [];
  #place: Revision = 0;
  readonly #writing: Promise<void>[];
  readonly #watching: Promise<void>;

  /** @param after the revision after which the writers begin @param pauseMs after each commit, so that others get the processor */
  constructor(store: Store, after: Revision, { writers = 4, pauseMs = 5 } = {}) {
    this.#pauseMs = pauseMs;
    this.#store = store;
    this.#place = after;
    this.#watching = this.#watch(after);
    this.#writing = Array.from({ length: writers }, (_, writer) => this.#write(writer));
  }

  get acknowledged(): number {
    return this.#acknowledged.size;
  }

  get unknown(): number {
    return this.#unknown.size;
  }

  /** Resolves once so many more commits were acknowledged. */
  async progress(count = 20): Promise<void> {
    const goal = this.#acknowledged.size + count;
    while (this.#acknowledged.size < goal) await rest(5);
  }

  /** Ends the writers, waits for the watch, and compares. @returns what is wrong */
  async problems(): Promise<readonly string[]> {
    this.#stopped.abort();
    await Promise.all(this.#writing);
    const end = await this.#store.barrier();
    while (this.#place < end) await rest(5);
    this.#abort.abort();
    await this.#watching;
    const seen = new Map<string, Revision>();
    for (const commit of this.#seen) {
      const id = idOf(commit);
      if (seen.has(id)) this.#problems.push(`${id} came twice`);
      seen.set(id, commit.revision);
      if (this.#refused.has(id)) this.#problems.push(`${id} was refused, and came`);
      else if (!this.#acknowledged.has(id) && !this.#unknown.has(id)) this.#problems.push(`nobody wrote ${id}`);
    }
    for (const [id, revision] of this.#acknowledged) {
      const found = seen.get(id);
      if (found !== revision)
        this.#problems.push(`${id} was acknowledged at ${revision}, and came at ${String(found)}`);
    }
    await this.#compareList();
    return this.#problems;
  }

  async #compareList(): Promise<void> {
    const last = new Map<string, string>();
    for (const { changes } of this.#seen) {
      for (const change of changes) if (change.type === 'put') last.set(change.key, change.value.toString());
    }
    const { entries } = await this.#store.list('/load/');
    const listed = new Map(entries.map(({ key, value }) => [key, value.toString()]));
    if (!isDeepStrictEqual(listed, last)) this.#problems.push('the list shows something else than the watch');
  }

  /** Each commit writes two keys, if the first is as this writer left it. */
  async #write(writer: number): Promise<void> {
    const keys = [`/load/${writer}/a`, `/load/${writer}/b`];
    const [first = ''] = keys;
    let revision: Revision | 'absent' = 'absent';
    for (let turn = 0; !this.#stopped.signal.aborted; turn++) {
      const id = `${writer}-${turn}`;
      const value = Buffer.from(JSON.stringify(id));
      try {
        const writes = keys.map((key) => ({ key, value }));
        revision = await this.#store.commit({ require: [{ key: first, revision }], writes });
        this.#acknowledged.set(id, revision);
        await rest(this.#pauseMs);
        continue;
      } catch (error) {
        if (error instanceof ConflictError) this.#problems.push(`${id}: nobody else writes it, but ${error.message}`);
        else if (!(error instanceof StorageUnavailableError)) this.#problems.push(`${id}: ${String(error)}`);
        else (error.indeterminate ? this.#unknown : this.#refused).add(id);
      }
      revision = await this.#revisionNow(first);
    }
  }

  async #revisionNow(key: string): Promise<Revision | 'absent'> {
    for (;;) {
      try {
        // What may still be under way is decided before this commit is.
        await this.#store.commit({ require: [], writes: [{ key: '/settled', value: 'deleted' }] });
        return (await this.#store.read(key))?.revision ?? 'absent';
      } catch {
        await rest(20);
      }
    }
  }

  async #watch(after: Revision): Promise<void> {
    try {
      for await (const item of this.#store.watch(after, this.#abort.signal)) {
        if (item.revision <= this.#place) this.#problems.push(`${item.revision} came after ${this.#place}`);
        this.#place = item.revision;
        if (item.type === 'progress' || !item.changes.some(({ key }) => key.startsWith('/load/'))) continue;
        const values = new Set(item.changes.map((change) => (change.type === 'put' ? change.value.toString() : '')));
        if (item.changes.length !== 2 || values.size !== 1) this.#problems.push(`half of ${item.revision}`);
        this.#seen.push(item);
      }
    } catch (error) {
      this.#problems.push(`the watch failed: ${String(error)}`);
    }
  }
}

function idOf({ changes: [change] }: Commit): string {
  return change?.type === 'put' ? String(JSON.parse(change.value.toString())) : '';
}

export function rest(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
