/** What every engine takes, and what it refuses. */
import type { CommitRequest, Write } from './contract.ts';
import { ownBuffer } from './own-buffer.ts';

const loneSurrogate = /\p{Surrogate}/u;

/** @throws TypeError for an empty key or one that has no UTF-8 form */
export function checkKey(key: string): void {
  if (key === '') throw new TypeError('a key may not be empty');
  if (loneSurrogate.test(key)) throw new TypeError(`a key must be well-formed Unicode: ${JSON.stringify(key)}`);
}

/**
 * The same commit, with bytes of its own: the caller's may be a part of a larger buffer, or change.
 * @throws TypeError for what the contract does not allow
 */
export function ownCommit({ require, writes }: CommitRequest): CommitRequest {
  if (writes.length === 0) throw new TypeError('a commit must write something');
  const keys = new Set(writes.map(({ key }) => key));
  if (keys.size < writes.length) throw new TypeError(`a commit writes a key twice: ${[...keys].join(', ')}`);
  for (const { key } of require) checkKey(key);
  return { require, writes: writes.map(ownWrite) };
}

function ownWrite({ key, value }: Write): Write {
  checkKey(key);
  if (value === 'deleted') return { key, value };
  return { key, value: ownBuffer(value) };
}
