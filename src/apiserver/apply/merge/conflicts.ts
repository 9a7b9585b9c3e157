import { compareUtf8 } from '../../../meta/utf8-order.ts';
import { quote } from '../../../meta/go-quote.ts';
import { pathString, type FieldSet, type Path } from '../fieldpath/index.ts';

/** A field that another manager owns, and to which the applied configuration gives another value. */
export interface Conflict {
  readonly manager: string;
  readonly path: Path;
}

/** The configuration was not applied, because others own what it changes. Source: structured-merge-diff, merge/conflict.go */
export class ConflictsError extends Error {
  override readonly name = 'ConflictsError';
  /** Sorted by manager, and in the order of each manager's set; at least one. */
  readonly conflicts: readonly Conflict[];

  /** @param sets what is in conflict, by manager; none of them empty */
  constructor(sets: ReadonlyMap<string, FieldSet>) {
    const sorted = [...sets].sort(([a], [b]) => compareUtf8(a, b));
    const conflicts = sorted.flatMap(([manager, set]) => [...set.paths()].map((path) => ({ manager, path })));
    super(message(conflicts));
    this.conflicts = conflicts;
  }
}

function message(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (first !== undefined && conflicts.length === 1) {
    return `conflict with ${quote(first.manager)}: ${pathString(first.path)}`;
  }
  return conflicts
    .flatMap(({ manager, path }, index) => {
      const line = `- ${pathString(path)}`;
      return conflicts[index - 1]?.manager === manager ? [line] : [`conflicts with ${quote(manager)}:`, line];
    })
    .join('\n');
}
