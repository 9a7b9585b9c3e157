/** Limits of keys. */

const loneSurrogate = /\p{Surrogate}/u;

/** @throws TypeError for an empty key or one that has no UTF-8 form */
export function checkKey(key: string): void {
  if (key === '') throw new TypeError('a key may not be empty');
  if (loneSurrogate.test(key)) throw new TypeError(`a key must be well-formed Unicode: ${JSON.stringify(key)}`);
}
