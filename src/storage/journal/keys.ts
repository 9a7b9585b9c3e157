/** Order and limits of keys. */

/**
 * Bytewise order of the keys' UTF-8, as the contract has it. JavaScript's own order differs from it only where a
 * surrogate meets U+E000..U+FFFF: code points beyond U+FFFF come last in UTF-8.
 */
export function compareKeys(a: string, b: string): number {
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

const loneSurrogate = /\p{Surrogate}/u;

/** @throws TypeError for an empty key or one that has no UTF-8 form */
export function checkKey(key: string): void {
  if (key === '') throw new TypeError('a key may not be empty');
  if (loneSurrogate.test(key)) throw new TypeError(`a key must be well-formed Unicode: ${JSON.stringify(key)}`);
}
