/**
 * Terms that fence. A Lease does not exclude (a process that stood still may believe that it leads), but the store does: each
 * leader writes a key when its term begins, and every later write of that leader requires that the key has not been written
 * since. So all that one leader writes to the store comes before all that the next one writes.
 */
import { randomUUID } from 'node:crypto';
import type { Fence } from '../apiserver/resource.ts';
import type { Clock } from '../runtime/clock.ts';
import { LeadershipLostError, type Term } from '../runtime/leadership.ts';
import type { Logger } from '../runtime/logger.ts';
import { pause } from '../runtime/time-limit.ts';
import { ConflictError, type Entry, type Revision, type Store } from '../storage/contract.ts';

/** A term that the store knows. */
export interface FencedTerm extends Term {
  /** For each write to the store. */
  readonly fence: Fence;
  /** For containers, see `TermName` in src/guest/steps.ts. */
  readonly name: string;
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
      return fencedTerm(term, revision, lineage);
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
  const record: TermRecord = { holder, lineage };
  const revision = await store.commit({
    require: [{ key: termKey, revision: before?.revision ?? 'absent' }],
    writes: [{ key: termKey, value: Buffer.from(JSON.stringify(record)) }],
  });
  return { revision, lineage };
}

function lineageOf(entry: Entry | undefined): string | undefined {
  if (entry === undefined) return undefined;
  const { lineage } = JSON.parse(entry.value.toString('utf8')) as Partial<TermRecord>;
  return lineage;
}

function fencedTerm(term: Term, revision: Revision, lineage: string): FencedTerm {
  const { holder, signal } = term;
  return {
    ...{ holder, signal },
    isCurrent: () => term.isCurrent(),
    end: (reason) => term.end(reason),
    name: `${revision}@${lineage}`,
    fence: {
      condition: { key: termKey, revision },
      broken(cause) {
        const lost = new LeadershipLostError('another process has begun a term', { cause });
        term.end(lost);
        return lost;
      },
    },
  };
}
