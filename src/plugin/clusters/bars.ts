/** Progress bars. */
import type { ClusterView, Progress } from '../../view/contract.ts';
import { stateOf } from './render.ts';

const barWidth = 20;
const colours = { green: 32, yellow: 33 };

/** A cluster with a bar for its set-up and for the roll of each role; no line is wider than the window. */
export function barsOf(view: ClusterView, columns: number, hasColours: boolean): string[] {
  const paint = (text: string, isDone: boolean): string =>
    hasColours ? `\u001b[${isDone ? colours.green : colours.yellow}m${text}\u001b[0m` : text;
  /** The bar stands first, so that only what follows is cut. */
  const line = (indent: string, progress: Progress, words: string): string => {
    const bar = barOf(progress);
    const room = Math.max(0, columns - 1 - indent.length - bar.length - 1);
    return `${indent}${paint(bar, progress.done >= progress.total)} ${cut(words, room)}`;
  };
  return [
    cut(
      `${view.name} (${stateOf(view)}, app ${view.app})${view.lastWords === undefined ? '' : `: ${view.lastWords}`}`,
      columns - 1,
    ),
    ...view.roles.flatMap((role) => [
      line('  ', role.setUp, `${role.id}: ${role.setUp.done}/${role.setUp.total} set up`),
      ...(role.roll === undefined
        ? []
        : [line('  ', role.roll, `${role.id}: ${role.roll.done}/${role.roll.total} updated`)]),
    ]),
  ];
}

function barOf({ done, total }: Progress): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.floor(share * barWidth);
  return `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}]`;
}

/** @param room in columns */
function cut(text: string, room: number): string {
  let left = room;
  let end = 0;
  /** Where the text is cut if it does not fit. */
  let beforeLast = 0;
  for (const character of text) {
    if (left > 0) beforeLast = end;
    left -= widthOf(character);
    if (left < 0) return room < 1 ? '' : `${text.slice(0, beforeLast)}…`;
    end += character.length;
  }
  return text;
}

/** At most so many columns: Hangul, and much of what follows it in Unicode, is two wide. Source: UAX 11 */
const widthOf = (character: string): number => ((character.codePointAt(0) ?? 0) < 0x11_00 ? 1 : 2);
