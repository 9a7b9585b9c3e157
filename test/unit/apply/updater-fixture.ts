/** A kind with values, lists and maps, and what its managers disagree about. */
import { pathString } from '../../../src/apiserver/apply/fieldpath/index.ts';
import { ConflictsError, type Conflict } from '../../../src/apiserver/apply/merge/index.ts';
import { byName, number, text, typeWith } from './scene.ts';

const roles = byName({ members: number, labels: { type: 'object', additionalProperties: text } });
export const thing = typeWith({
  spec: {
    type: 'object',
    properties: {
      replicas: number,
      image: text,
      roles,
      tags: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
    },
  },
  data: { type: 'object', additionalProperties: text },
  color: { type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { r: number, g: number } },
  args: { type: 'array', items: text },
});

export function conflictsOf(work: () => unknown): readonly Conflict[] {
  try {
    work();
  } catch (error) {
    if (error instanceof ConflictsError) return error.conflicts;
    throw error;
  }
  return [];
}

export const shown = (conflicts: readonly Conflict[]): string[] =>
  conflicts.map(({ manager, path }) => `${manager} ${pathString(path)}`);
