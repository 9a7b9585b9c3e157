/**
 * Terms that fence. A Lease does not exclude (a process that stood still may believe that it leads), but the store does: each
 * leader writes a key when its term begins, and every later write of that leader requires that the key has not been written
 * since. So all that one leader writes to the store comes before all that the next one writes.
 */
import { randomUUID } from 'node:crypto';
import type { Fence } from '../apiserver/resource.ts';
import { formatTerm } from '../guest/term.ts';
import type { Clock } from '../runtime/clock.ts';
import { LeadershipLostError, type Term } from '../runtime/leadership.ts';
import type { Logger } from '../runtime/logger.ts';
import { pause } from '../runtime/time-limit.ts';
import { ConflictError, type Entry, type Revision, type Store, type Write } from '../storage/contract.ts';

/** A term that the store knows. */
export interface FencedTerm extends Term {
  /** For each write to the store. */
  readonly fence: Fence;
  /** For containers, see src/guest/term.ts. */
  readonly name: string;
  /**
   * A container refuses this term, because a later one has worked there. If the store knows of no later one, its data were
   * replaced by older ones: then terms are counted anew, so that containers take them.
   */
  superseded(): void;
}

/** Outside of the prefix of every resource. */
const termKey = '/internal/leadership/term';

interface TermRecord {
  /** For people. */
  readonly holder: string;
  /** The same as long as the data are: terms of other data are not compared with these. */
  readonly lineage: string;
}

interface ClaimOptions {
  readonly store: Pick<Store, 'read' | 'commit'>;
  /** Resolves once this process knows what was written up to there. */
  readonly shows: (revision: Revision) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Milliseconds between attempts while the store is away. */
const retryMs = 1_000;

/**
 * Writes the key of a new term. When it resolves, nothing that an earlier leader still does can reach the store, and this
 * process knows everything that one has written.
 * @throws LeadershipLostError if the term ends before
 */
export async function claimTerm(term: Term, { store, shows, clock, logger }: ClaimOptions): Promise<FencedTerm> {
  for (;;) {
    if (!term.isCurrent()) throw new LeadershipLostError('its term has ended before it began');
    try {
      const { revision, lineage } = await writeTerm(store, term.holder);
      await shows(revision);
      return fencedTerm(term, { store, logger }, { revision, lineage });
    } catch (error) {
      // Another process was faster. If it leads, this one does not any more.
      const isRace = error instanceof ConflictError;
      if (!isRace) logger.warn({ error }, 'the term of the leader could not begin; it will be tried again');
      await pause(clock, retryMs, term.signal);
    }
  }
}

async function writeTerm(
  store: ClaimOptions['store'],
  holder: string,
): Promise<{ readonly revision: Revision; readonly lineage: string }> {
  const before = await store.read(termKey);
  const lineage = lineageOf(before) ?? randomUUID();
  const revision = await store.commit({
    require: [{ key: termKey, revision: before?.revision ?? 'absent' }],
    writes: [recordOf({ holder, lineage })],
  });
  return { revision, lineage };
}

function recordOf(record: TermRecord): Write {
  return { key: termKey, value: Buffer.from(JSON.stringify(record)) };
}

function lineageOf(entry: Entry | undefined): string | undefined {
  if (entry === undefined) return undefined;
  const { lineage } = JSON.parse(entry.value.toString('utf8')) as Partial<TermRecord>;
  return lineage;
}

function fencedTerm(
  term: Term,
  { store, logger }: Pick<ClaimOptions, 'store' | 'logger'>,
  { revision, lineage }: { readonly revision: Revision; readonly lineage: string },
): FencedTerm {
  const { holder, signal } = term;
  const condition = { key: termKey, revision };
  let isAsking = false;

  async function countAnew(): Promise<void> {
    try {
      await store.commit({ require: [condition], writes: [recordOf({ holder, lineage: randomUUID() })] });
      logger.warn({}, 'containers know later leaders than the data of this server: were they replaced by older ones?');
      term.end(new LeadershipLostError('its terms are counted anew'));
    } catch (error) {
      if (error instanceof ConflictError) term.end(new LeadershipLostError('another process has begun a term'));
      else logger.warn({ error }, 'the term of the leader could not be looked up');
    }
  }

  return {
    ...{ holder, signal },
    superseded() {
      if (isAsking) return;
      isAsking = true;
      void countAnew().finally(() => (isAsking = false));
    },
    isCurrent: () => term.isCurrent(),
    end: (reason) => term.end(reason),
    name: formatTerm({ number: revision, lineage }),
    fence: {
      condition,
      broken(cause) {
        const lost = new LeadershipLostError('another process has begun a term', { cause });
        term.end(lost);
        return lost;
      },
    },
  };
}
