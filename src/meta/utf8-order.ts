/**
 * Bytewise order of two texts' UTF-8: Go's order of strings, and that of keys in the store. JavaScript's own order differs
 * from it only where a surrogate meets U+E000..U+FFFF: code points beyond U+FFFF come last in UTF-8.
 * @returns less than, equal to or greater than zero
 */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return utf8Rank(left) - utf8Rank(right);
  }
  return a.length - b.length;
}

function utf8Rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
