import { CompactedError, type Entry, type ListOptions, type Page, type Revision } from '../contract.ts';
import { decodeToken, encodeToken } from '../continue-token.ts';
import type { JournalDocument } from './document.ts';
import { compareUtf8 } from '../../meta/utf8-order.ts';

/**
 * One page, of the store as it is now, or was at the revision of the page before or at the oldest one that is known.
 * @throws CompactedError where the history no longer reaches back to that revision
 * @throws RangeError for a token with a revision that is still to come
 * @throws TypeError for a continue token that is none, or of another prefix
 */
export function listPage(document: JournalDocument, prefix: string, options: ListOptions): Page {
  const token = options.continue === undefined ? undefined : decodeToken(options.continue, prefix);
  const { floor } = document.history;
  const revision = token?.revision ?? (options.at === 'oldest' ? floor : document.revision);
  if (revision > document.revision) {
    throw new RangeError(`revision ${revision} is still to come: the newest is ${document.revision}`);
  }
  if (revision < floor) throw new CompactedError(revision, floor);
  const entries: Entry[] = [];
  for (const entry of entriesAt(document, prefix, token?.after ?? '', revision)) {
    const last = entries.at(-1);
    if (last !== undefined && entries.length === options.limit) {
      return { entries, revision, continue: encodeToken({ prefix, revision, after: last.key }) };
    }
    entries.push(entry);
  }
  return { entries, revision };
}

/** The entries with this prefix and a key above `after`, as they were at a revision within the history. */
function* entriesAt(document: JournalDocument, prefix: string, after: string, revision: Revision): Generator<Entry> {
  const isWanted = (key: string): boolean => key.startsWith(prefix) && key !== after;
  const from = compareUtf8(after, prefix) > 0 ? after : prefix;
  const { held, keys } = document.before(revision);
  let at = firstFrom(keys, from);
  for (const entry of document.entries.from(from)) {
    if (!entry.key.startsWith(prefix)) break;
    for (; at < keys.length && isBefore(keys[at], entry.key); at++) {
      const old = held.get(keys[at] ?? '');
      if (old !== undefined && isWanted(old.key)) yield old;
    }
    if (isWanted(entry.key) && !held.has(entry.key)) yield entry;
  }
  for (; keys[at]?.startsWith(prefix) === true; at++) {
    const old = held.get(keys[at] ?? '');
    if (old !== undefined && isWanted(old.key)) yield old;
  }
}

const isBefore = (a: string | undefined, b: string): boolean => a !== undefined && compareUtf8(a, b) < 0;

/** The index of the first of the sorted keys that is not before this one. */
function firstFrom(keys: readonly string[], from: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(keys[middle], from)) low = middle + 1;
    else high = middle;
  }
  return low;
}
