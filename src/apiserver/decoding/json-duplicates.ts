/** Finds keys that occur twice in one object of a JSON text: JSON.parse keeps the last one silently. */

interface Frame {
  /** For an object: the keys seen, and whether each was reported; for an array: undefined. */
  readonly keys: Map<string, 'seen' | 'reported'> | undefined;
  /** The key or index being read. */
  at: string | number;
  expectsKey: boolean;
}

const quote = 0x22;
const backslash = 0x5c;
/** The most characters shown of a path: it may be as long as the whole text, and there may be many. */
const maxPath = 1_024;

/**
 * The paths of repeated keys. Takes time in proportion to the text.
 * @param text valid JSON; call it only after parsing succeeded
 * @returns paths such as `spec.roles[0].id`, each once, in document order, at most `limit`; longer ones are cut
 */
export function duplicateKeys(text: string, limit = 100): string[] {
  const found: string[] = [];
  const stack: Frame[] = [];
  for (let index = 0; index < text.length && found.length < limit; index++) {
    const frame = stack.at(-1);
    switch (text.charCodeAt(index)) {
      case quote: {
        const end = stringEnd(text, index);
        if (frame?.expectsKey === true) readKey(text.slice(index, end), frame, stack, found);
        index = end - 1;
        break;
      }
      case 0x7b: // {
        stack.push({ keys: new Map(), at: '', expectsKey: true });
        break;
      case 0x5b: // [
        stack.push({ keys: undefined, at: 0, expectsKey: false });
        break;
      case 0x7d: // }
      case 0x5d: // ]
        stack.pop();
        break;
      case 0x2c: // ,
        if (frame?.keys !== undefined) frame.expectsKey = true;
        else if (typeof frame?.at === 'number') frame.at++;
        break;
      default:
    }
  }
  return [...new Set(found)];
}

function readKey(literal: string, frame: Frame, stack: readonly Frame[], found: string[]): void {
  const key = literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1);
  frame.expectsKey = false;
  frame.at = key;
  const known = frame.keys?.get(key);
  // Once for each key: writing the path at each repetition would take quadratic time.
  if (known === 'seen') found.push(pathOf(stack));
  frame.keys?.set(key, known === undefined ? 'seen' : 'reported');
}

/** The index after the closing quote of the string that begins at start. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes++;
    if (slashes % 2 === 0) return end + 1;
  }
  return text.length;
}

function pathOf(stack: readonly Frame[]): string {
  let path = '';
  for (const { at } of stack) {
    if (typeof at === 'number') path += `[${at}]`;
    else path += path === '' ? at : `.${at}`;
    if (path.length > maxPath) return `${path.slice(0, maxPath)}...`;
  }
  return path;
}
