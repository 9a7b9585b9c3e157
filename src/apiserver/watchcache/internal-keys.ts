/** The revisions of the keys that belong to no resource, such as reference keys. Their values mean nothing. */
import type { Change, Revision } from '../../storage/contract.ts';
import { internalPrefix } from './keys.ts';

/** Kept up to date with the caches. */
export class InternalKeys {
  #revisions: Map<string, Revision> = new Map<string, Revision>();

  /** Of the last write. */
  revisionOf(key: string): Revision | 'absent' {
    return this.#revisions.get(key) ?? 'absent';
  }

  /** @param revisions all there are; kept, not copied */
  restart(revisions: Map<string, Revision>): void {
    this.#revisions = revisions;
  }

  /** Changes of other keys are passed over. */
  apply(changes: readonly Change[]): void {
    for (const { type, key, revision } of changes) {
      if (!key.startsWith(internalPrefix)) continue;
      if (type === 'delete') this.#revisions.delete(key);
      else this.#revisions.set(key, revision);
    }
  }
}
