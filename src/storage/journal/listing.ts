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
  const undone = undo(document, prefix, after, revision);
  const restored = [...undone.values()]
    .filter((entry) => entry !== undefined)
    .sort((a, b) => compareUtf8(a.key, b.key))
    .values();
  let old = restored.next().value;
  for (const entry of document.entries.from(compareUtf8(after, prefix) > 0 ? after : prefix)) {
    if (!entry.key.startsWith(prefix)) break;
    if (entry.key === after || undone.has(entry.key)) continue;
    for (; old && compareUtf8(old.key, entry.key) < 0; old = restored.next().value) yield old;
    yield entry;
  }
  for (; old; old = restored.next().value) yield old;
}

/** What each key that has changed since a revision held then; undefined: it was absent. */
function undo(document: JournalDocument, prefix: string, after: string, revision: Revision) {
  const held = new Map<string, Entry | undefined>();
  for (let newer = document.revision; newer > revision; newer--) {
    for (const { key, previous } of document.history.commit(newer)?.changes ?? []) {
      if (key.startsWith(prefix) && compareUtf8(key, after) > 0) held.set(key, previous);
    }
  }
  return held;
}
