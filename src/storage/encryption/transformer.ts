/** How a value is written to the store, and read from it. Names and rules: k8s.io/apiserver/pkg/storage/value */

import { isEncrypted } from '../contract.ts';

/** A value that was read. */
export interface Opened {
  readonly value: Buffer;
  /** It is not written as a new value would be now: it should be written again. */
  readonly isStale: boolean;
}

/** One key, or one plugin that keeps keys. */
export interface Transformer {
  /** What values begin with that it wrote; empty for values as they are. */
  readonly prefix: Buffer;
  /**
   * Without the prefix.
   * @param authenticated the key of the store; the value cannot be read under another one
   * @throws StorageUnavailableError while there is no key
   */
  toStorage(value: Buffer, authenticated: Buffer): Buffer;
  /**
   * @param stored without the prefix
   * @returns a value with memory of its own
   * @throws Error where it does not fit; StorageUnavailableError where that cannot be known now
   */
  fromStorage(stored: Buffer, authenticated: Buffer): Opened | Promise<Opened>;
}

/** Whether the bytes begin with the others. */
export function startsWith(bytes: Buffer, start: Buffer): boolean {
  return bytes.length >= start.length && bytes.compare(start, 0, start.length, 0, start.length) === 0;
}

/** Values as they are; refuses to pass encrypted ones on. */
export const identity: Transformer = {
  prefix: Buffer.alloc(0),
  toStorage: (value) => value,
  fromStorage(stored) {
    if (isEncrypted(stored)) throw new Error('the value is encrypted');
    return { value: stored, isStale: false };
  },
};

/** "k8s:enc:PROVIDER:v1:NAME:" */
const described = /^k8s:enc:([a-z0-9]{1,20}):v\d+:([^:]{1,253}):/;

/** Which provider and which key a stored value names; undefined for one that is not encrypted, or in another way. */
export function writerOf(stored: Buffer): { readonly provider: string; readonly key: string } | undefined {
  const [, provider, key] = described.exec(stored.toString('utf8', 0, 300)) ?? [];
  return provider === undefined || key === undefined ? undefined : { provider, key };
}
